"""Safetensors files, mapped and strictly checked, whose tensors are views of the file.

The safetensors library copies every tensor and refuses bfloat16 under numpy; a check reads each byte once
and in place.
"""

import math
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np

from workbench.native.dtypes import NUMPY, SAFETENSORS, SIZE
from workbench.native.failure import Failure

LENGTH = 8
HEADER_LIMIT = 100_000_000
Natural = Annotated[int, msgspec.Meta(ge=0)]


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dtype: str
    shape: tuple[Natural, ...]
    data_offsets: tuple[Natural, Natural]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a mapped file: row-major, little-endian, as flat bytes and as numpy sees them."""

    dtype: str
    shape: tuple[int, ...]
    bytes: np.ndarray

    @property
    def flat(self) -> np.ndarray:
        """The elements in their NUMPY type, one after the other, read-only."""
        return self.bytes.view(NUMPY[self.dtype])

    @property
    def array(self) -> np.ndarray:
        """The tensor in its shape, read-only; bfloat16 as its bits in uint16."""
        return self.flat.reshape(self.shape)


class MappedTensors:
    """The tensors of the safetensors file at `path`.

    Raises Failure of kind `capture`, naming the file and the `remedy`.
    """

    def __init__(self, path: Path, remedy: str = "capture again") -> None:
        self.path, self._remedy = path, remedy
        try:
            content = mapped(path)
        except OSError as error:
            raise Failure("capture", f"{path} cannot be read: {error.strerror}; {remedy}") from error
        self._entries, start = self._header(content)
        self._data = content[start:]
        self._check_layout()

    def get(self, name: str) -> Tensor | None:
        """Return the tensor of that name, if there is one."""
        entry = self._entries.get(name)
        if entry is None:
            return None
        begin, end = entry.data_offsets
        content, dtype = self._data[begin:end], SAFETENSORS[entry.dtype]
        if content.ctypes.data % SIZE[dtype]:
            content = content.copy()
        return Tensor(dtype, entry.shape, content)

    def __iter__(self) -> Iterator[str]:
        """The names in the file's order."""
        return iter(self._entries)

    def items(self) -> Iterator[tuple[str, Tensor]]:
        """Yield every tensor with its name."""
        for name in self._entries:
            tensor = self.get(name)
            assert tensor is not None
            yield name, tensor

    def _header(self, content: np.ndarray) -> tuple[dict[str, _Entry], int]:
        length = int.from_bytes(content[:LENGTH].tobytes(), "little")
        end = LENGTH + length
        if len(content) < LENGTH or length > HEADER_LIMIT or end > len(content):
            raise self._damaged(f"{len(content)} bytes cannot hold a header of {length}")
        try:
            raw = msgspec.json.decode(content[LENGTH:end].tobytes(), type=dict[str, msgspec.Raw])
            raw.pop("__metadata__", None)
            return {name: msgspec.json.decode(entry, type=_Entry) for name, entry in raw.items()}, end
        except (ValueError, RecursionError) as error:
            raise self._damaged(f"its header does not parse: {error}") from error

    def _check_layout(self) -> None:
        """Hold the file to the format: tensors fill it without gap, overlap or remainder."""
        reached = 0
        for name, entry in sorted(self._entries.items(), key=lambda item: item[1].data_offsets):
            begin, end = entry.data_offsets
            if entry.dtype not in SAFETENSORS:
                raise self._damaged(f"{name!r} has the unknown dtype {entry.dtype!r}")
            if begin != reached or end - begin != SIZE[SAFETENSORS[entry.dtype]] * math.prod(entry.shape):
                raise self._damaged(
                    f"{name!r} lies at {begin} to {end}, which does not fit its shape or its neighbours"
                )
            reached = end
        if reached != len(self._data):
            raise self._damaged(f"its tensors take {reached} bytes, the file has {len(self._data)}")

    def _damaged(self, what: str) -> Failure:
        return Failure("capture", f"{self.path} is damaged: {what}; {self._remedy}")


def in_file(array: np.ndarray) -> bool:
    """Return whether the elements are the pages of a mapped file, which can be let go and read again."""
    return _file(array) is not None


def release(array: np.ndarray) -> None:
    """Give the memory back that a mapped file's pages take; they are read again when they are needed."""
    file = _file(array)
    if file is not None:
        file.madvise(mmap.MADV_DONTNEED)


def _file(array: np.ndarray) -> mmap.mmap | None:
    owner: Any = array
    while owner is not None and not isinstance(owner, mmap.mmap):
        owner = owner.obj if isinstance(owner, memoryview) else getattr(owner, "base", None)
    return owner


def mapped(path: Path) -> np.ndarray:
    """The bytes of a file, in place and read-only. Raises OSError."""
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return np.empty(0, np.uint8)
        content = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
        return np.frombuffer(content, np.uint8)

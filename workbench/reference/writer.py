"""Safetensors files written tensor by tensor, in memory that does not grow with the file."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from workbench.reference.failure import DiskFailure

HEADER = 256 * 1024
"""Bytes kept free for a header of unknown size: about 2,000 tensors; a file with more is copied once at the end."""
PER_TENSOR = 160
"""Bytes of a header's entry beside the name, at rank 6 and a petabyte."""
ALIGN = 8
SPOOL = 1 << 20
WIDTH = {"BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "F16": 2, "BF16": 2, "I32": 4, "F32": 4, "I64": 8, "F64": 8}


class Writer:
    """One safetensors file: `with Writer(path) as file: file.add(…)`; `names` is what will be added, where known.

    The bytes go to `<path>.tmp`, which becomes `path` when the block ends and is removed when it raises. Every
    tensor starts at a multiple of its item size: those whose length is no multiple of 8 bytes wait in unnamed
    files and go last, widest first (the format allows no gaps). Raises DiskFailure where the disk refuses,
    ValueError for a name that is taken or bytes that do not fit the shape.
    """

    def __init__(self, path: Path, names: Iterable[str] | None = None) -> None:
        self._path = path
        self._temporary = temporary(path)
        self._room = _padded(HEADER if names is None else sum(len(json.dumps(name)) + PER_TENSOR for name in names))
        self._entries: dict[str, dict[str, Any]] = {}
        self._odd: dict[int, tuple[IO[bytes], list[str]]] = {}
        self._end = 0

    def __enter__(self) -> Writer:
        with disk(self._path):
            self._file = self._temporary.open("wb")
            self._file.seek(ALIGN + self._room)
        return self

    def add(self, name: str, dtype: str, shape: Sequence[int], data: memoryview | bytes) -> None:
        """Append one tensor: safetensors dtype ("F32"), row-major little-endian bytes."""
        if name in self._entries:
            raise ValueError(f"tensor {name!r} is written twice")
        if len(data) != WIDTH[dtype] * math.prod(shape):
            raise ValueError(f"tensor {name!r}: {len(data)} bytes do not fill {dtype} {list(shape)}")
        self._entries[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [0, len(data)]}
        with disk(self._path):
            if len(data) % ALIGN:
                self._set_aside(name, WIDTH[dtype], data)
            else:
                self._place(name)
                self._file.write(data)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        try:
            if kind is None:
                with disk(self._path):
                    self._finish()
        finally:
            for spool, _ in self._odd.values():
                spool.close()
            self._discard()

    def _place(self, name: str) -> None:
        start, self._end = self._end, self._end + self._entries[name]["data_offsets"][1]
        self._entries[name]["data_offsets"] = [start, self._end]

    def _set_aside(self, name: str, width: int, data: memoryview | bytes) -> None:
        if width not in self._odd:
            self._odd[width] = (_spool(self._path.parent), [])
        spool, names = self._odd[width]
        spool.write(data)
        names.append(name)

    def _finish(self) -> None:
        for _, (spool, names) in sorted(self._odd.items(), reverse=True):
            for name in names:
                self._place(name)
            spool.seek(0)
            shutil.copyfileobj(spool, self._file)
        header = json.dumps(self._entries, separators=(",", ":")).encode()
        if len(header) > self._room:
            self._widen(len(header))
        self._file.seek(0)
        self._file.write(self._room.to_bytes(ALIGN, "little") + header.ljust(self._room))
        settle(self._file, self._temporary, self._path)

    def _widen(self, needed: int) -> None:
        data = ALIGN + self._room
        self._room = _padded(needed)
        self._file.close()
        with self._temporary.open("rb") as old:
            # The old bytes stay readable through `old`; without a name they vanish when it is closed.
            self._temporary.unlink()
            self._file = self._temporary.open("wb")
            old.seek(data)
            self._file.seek(ALIGN + self._room)
            shutil.copyfileobj(old, self._file, SPOOL)

    def _discard(self) -> None:
        # A full disk refuses the last buffered bytes as well; the error that counts is already on its way.
        with suppress(OSError):
            self._file.close()
        self._temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a small file in one step. Raises DiskFailure where the disk refuses."""
    new = temporary(path)
    try:
        with disk(path), new.open("w", encoding="utf-8") as file:
            file.write(text)
            settle(file, new, path)
    finally:
        new.unlink(missing_ok=True)


def temporary(path: Path) -> Path:
    """The name under which `path` is written."""
    return path.with_name(path.name + ".tmp")


def settle(file: IO[Any], written: Path, path: Path) -> None:
    """Bring the file to the disk, then give it its name."""
    file.flush()
    os.fsync(file.fileno())
    written.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn what the disk refuses inside the block into a DiskFailure that names the file."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise DiskFailure(
            f"{path} could not be written: {reason}; make room there, or set WORKBENCH_HOME elsewhere"
        ) from error


def _spool(folder: Path) -> IO[bytes]:
    # A file without a name, which no crash leaves behind.
    return tempfile.SpooledTemporaryFile(SPOOL, dir=str(folder))


def _padded(header: int) -> int:
    """The header's length, grown so that the data, after 8 bytes of length and the header, starts at 64·n."""
    return -(-(ALIGN + header + 2) // 64) * 64 - ALIGN

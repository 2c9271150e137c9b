"""Where every tap of a run ends: the kernel's sink, and what it needs to know of the capture and of numpy."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

import numpy as np

from workbench.compare import _kernel
from workbench.native.cabi import Receiver
from workbench.native.captures import Expected
from workbench.native.dtypes import NUMPY, name_of
from workbench.native.failure import Failure
from workbench.native.outbox import Outbox
from workbench.native.protocol import RunName


class Sink:
    """The taps of one run: compared and sent by a thread of the kernel, which ends with the block.

    What goes wrong inside is kept in `failure`, after which taps are only let through.
    """

    def __init__(
        self,
        run: RunName,
        expected: Mapping[str, Expected],
        prefix: str,
        renamed: dict[str, str],
        outbox: Outbox,
        keep: str = "",
    ) -> None:
        rows = [
            (
                name, one.order, one.tensor.dtype, one.tensor.shape, one.tensor.bytes,
                None if one.noise is None else one.noise.bytes, one.injected,
            )
            for name, one in expected.items()
        ]  # fmt: skip
        self._kernel = _kernel.Sink(run, outbox.fileno(), prefix, renamed, rows, keep)
        self._refused: Failure | None = None
        self._outputs: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kernel.close()

    @property
    def receiver(self) -> Receiver:
        """What the tap interface of a shared object is given."""
        return Receiver(self._kernel.function, self._kernel.context)

    def __call__(self, name: str, array: np.ndarray, source: str = "") -> np.ndarray | None:
        """Take a tap of a Python stage module, whose `source` is `file:line`; return None or its replacement."""
        if self._refused:
            return None
        try:
            dtype, content = flat(name, array)
        except Failure as failure:
            self._refused = failure
            return None
        replacement = self.take(name, dtype, array.shape, content, source)
        return None if replacement is None else np.frombuffer(replacement, NUMPY[dtype]).reshape(array.shape)

    def take(self, name: str, dtype: str, shape: tuple[int, ...], content: np.ndarray, source: str) -> bytes | None:
        """Take a tap by its bytes; return None or the bytes that replace it."""
        file, _, line = source.rpartition(":")
        place = (file, int(line) if line.isdigit() else 0)
        return self._kernel.take(name, dtype, shape, content, place)

    def output(self, name: str, array: np.ndarray) -> None:
        """Compare one of the run's outputs. Raises Failure for what is no tensor."""
        dtype, content = flat(name, array)
        self._outputs.add(name)
        self._kernel.output(name, dtype, array.shape, content)

    @property
    def failure(self) -> Failure | None:
        """What went wrong inside first."""
        failure = self._kernel.failure
        return self._refused if failure is None else Failure("internal", failure)

    @property
    def names(self) -> tuple[str, ...]:
        """The port's taps in the order they came, by their reference names."""
        return tuple(self._kernel.names)

    @property
    def seen(self) -> set[str]:
        """Every tap and output that came."""
        return {*self._kernel.names, *self._outputs}

    @property
    def kept(self) -> tuple[str, list[int], bytes] | None:
        """Dtype, shape and bytes of the tensor that was to be kept, if it came."""
        return self._kernel.kept

    @property
    def unnamed(self) -> int:
        """Layers that came without a name."""
        return self._kernel.unnamed

    @property
    def seconds(self) -> float:
        """What the port has spent in its taps."""
        return self._kernel.seconds


def flat(name: str, array: object) -> tuple[str, np.ndarray]:
    """Return the dtype and the bytes of a numpy array."""
    dtype = name_of(array.dtype) if isinstance(array, np.ndarray) else None
    if dtype is None:
        kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise Failure("protocol", f"{name!r} is no tensor that can be compared: {kind}; give a numpy array of numbers")
    assert isinstance(array, np.ndarray)
    return dtype, np.ascontiguousarray(array).reshape(-1).view(np.uint8)

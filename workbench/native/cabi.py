"""The tap interface of a shared object, version 1: a C sink in, one call per tap out."""

import contextlib
import ctypes
import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

TAPS = "workbench_tap_install_v1"
LAYERS = "workbench_layers_install_v1"
KEYS = "workbench_keys_read_v1"
RECORD = struct.Struct("@PNPNPNPNQPNPN")
"""`WorkbenchTap`: pairs of pointer and length for name, kind, file, dtype; line; shape, rank; data, bytes."""

_SINK = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
_NO_SINK = _SINK()


class CTap(NamedTuple):
    """One tap as C sees it; `data` is the address of `bytes` bytes that live as long as the call."""

    name: bytes
    kind: bytes
    file: bytes
    dtype: bytes
    line: int
    shape: tuple[int, ...]
    data: int
    bytes: int


Receiver = Callable[[int], int | None]
"""Takes the address of a `WorkbenchTap`, for `read_tap`; returns None to keep the tensor, or the address of what
replaces it, valid until the end of the run. Must not raise."""


class TapInterface:
    """The functions of the interface that `library` exports; None exports nothing."""

    def __init__(self, library: ctypes.CDLL | None) -> None:
        self._installers = [_function(library, name, None, [_SINK, ctypes.c_void_p]) for name in (TAPS, LAYERS)]
        self._keys = _function(library, KEYS, ctypes.c_size_t, [ctypes.c_void_p, ctypes.c_size_t])

    @property
    def explicit(self) -> bool:
        """Whether taps that the port sets itself can be seen."""
        return self._installers[0] is not None

    @property
    def layers(self) -> bool:
        """Whether layers are tapped, that is whether candle-nn was instrumented."""
        return self._installers[1] is not None

    def keys_read(self) -> tuple[str, ...]:
        """Return the checkpoint keys that were read so far, sorted."""
        if self._keys is None:
            return ()
        needed = self._keys(None, 0)
        text = ctypes.create_string_buffer(needed)
        needed = min(needed, self._keys(text, needed))
        return tuple(filter(None, text.raw[:needed].decode(errors="replace").split("\n")))

    @contextlib.contextmanager
    def installed(self, receiver: Receiver) -> Iterator[None]:
        """Let `receiver` have every tap until the block ends."""
        sink = _SINK(lambda _, address: receiver(address))
        installers = [install for install in self._installers if install is not None]
        try:
            for install in installers:
                install(sink, None)
            yield
        finally:
            for install in installers:
                install(_NO_SINK, None)


def read_tap(address: int) -> CTap:
    """Return the tap that the C structure at `address` describes."""
    text = ctypes.string_at
    name, name_len, kind, kind_len, file, file_len, dtype, dtype_len, line, shape, rank, data, size = RECORD.unpack(
        text(address, RECORD.size)
    )
    return CTap(
        text(name, name_len), text(kind, kind_len), text(file, file_len), text(dtype, dtype_len), line,
        struct.unpack(f"{rank}N", text(shape, rank * 8)), data, size,
    )  # fmt: skip


def _function(library: ctypes.CDLL | None, name: str, result: Any, arguments: list[Any]) -> Any:
    function = getattr(library, name, None)
    if function is not None:
        function.restype, function.argtypes = result, arguments
    return function

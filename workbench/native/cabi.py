"""The tap interface of a shared object, version 1: a C sink in, one call per tap out."""

import contextlib
import ctypes
from collections.abc import Iterator
from typing import Any, NamedTuple

TAPS = "workbench_tap_install_v1"
LAYERS = "workbench_layers_install_v1"
KEYS = "workbench_keys_read_v1"


class Receiver(NamedTuple):
    """A C sink: the address of the function, and what it wants as its context."""

    function: int
    context: int


class TapInterface:
    """The functions of the interface that `library` exports; None exports nothing."""

    def __init__(self, library: ctypes.CDLL | None) -> None:
        self._installers = [_function(library, name, None, [ctypes.c_void_p] * 2) for name in (TAPS, LAYERS)]
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
        installers = [install for install in self._installers if install is not None]
        try:
            for install in installers:
                install(receiver.function, receiver.context)
            yield
        finally:
            for install in installers:
                install(None, None)


def _function(library: ctypes.CDLL | None, name: str, result: Any, arguments: list[Any]) -> Any:
    function = getattr(library, name, None)
    if function is not None:
        function.restype, function.argtypes = result, arguments
    return function

"""The tap interface of a shared object, version 1: a C sink in, one call per tap out."""

import contextlib
import ctypes
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

TAPS = "workbench_tap_install_v1"
LAYERS = "workbench_layers_install_v1"
KEYS = "workbench_keys_read_v1"


class Receiver(NamedTuple):
    """A C sink: the address of the function, and what it wants as its context."""

    function: int
    context: int


class TapInterface:
    """The functions of the interface that `library` exports; None exports nothing.

    Layers have an interface for each candle-nn in the library, told apart by what stands behind the names: `suffixes`.
    """

    def __init__(self, library: ctypes.CDLL | None, suffixes: Sequence[str] = ("",)) -> None:
        self._taps = _function(library, TAPS, None, [ctypes.c_void_p] * 2)
        layers = (_function(library, LAYERS + suffix, None, [ctypes.c_void_p] * 2) for suffix in suffixes)
        keys = (
            _function(library, KEYS + suffix, ctypes.c_size_t, [ctypes.c_void_p, ctypes.c_size_t])
            for suffix in suffixes
        )
        self._layers, self._keys = list(filter(None, layers)), list(filter(None, keys))

    @property
    def explicit(self) -> bool:
        """Whether taps that the port sets itself can be seen."""
        return self._taps is not None

    @property
    def layers(self) -> bool:
        """Whether layers are tapped, that is whether candle-nn was instrumented."""
        return bool(self._layers)

    def keys_read(self) -> tuple[str, ...]:
        """Return the checkpoint keys that were read so far, sorted."""
        return tuple(sorted({key for function in self._keys for key in _listed(function)}))

    @contextlib.contextmanager
    def installed(self, receiver: Receiver) -> Iterator[None]:
        """Let `receiver` have every tap until the block ends."""
        installers = [*filter(None, [self._taps]), *self._layers]
        try:
            for install in installers:
                install(receiver.function, receiver.context)
            yield
        finally:
            for install in installers:
                install(None, None)


def _listed(function: Any) -> Iterator[str]:
    needed = function(None, 0)
    text = ctypes.create_string_buffer(needed)
    needed = min(needed, function(text, needed))
    yield from filter(None, text.raw[:needed].decode(errors="replace").split("\n"))


def _function(library: ctypes.CDLL | None, name: str, result: Any, arguments: list[Any]) -> Any:
    function = getattr(library, name, None)
    if function is not None:
        function.restype, function.argtypes = result, arguments
    return function

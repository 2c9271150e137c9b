"""The C interface without a process around it."""

import ctypes
from pathlib import Path

from workbench.native.cabi import TapInterface, read_tap


def tap(library: ctypes.CDLL, name: bytes, values: "ctypes.Array[ctypes.c_float]") -> None:
    shape = (ctypes.c_size_t * 2)(1, len(values))
    library.tiny_tap(
        1, name, b"Linear", b"f32", ctypes.c_uint64(2**40), shape, ctypes.c_size_t(2), values,
        ctypes.c_size_t(4 * len(values)),
    )  # fmt: skip


def test_a_tap_is_read_answered_and_not_heard_after_the_run(tiny: Path):
    library = ctypes.CDLL(str(tiny))
    replacement = (ctypes.c_float * 3)(7, 8, 9)
    heard = []

    def receive(address: int) -> int | None:
        heard.append(read_tap(address))
        return ctypes.addressof(replacement) if heard[-1].name == b"put in" else None

    kept, replaced = (ctypes.c_float * 3)(1, 2, 3), (ctypes.c_float * 3)(1, 2, 3)
    with TapInterface(library).installed(receive):
        assert library.tiny_installed() == 2
        tap(library, "größe".encode(), kept)
        tap(library, b"put in", replaced)
    assert library.tiny_installed() == 0
    tap(library, b"late", kept)
    assert [record.name.decode() for record in heard] == ["größe", "put in"]
    first = heard[0]
    assert (first.kind, first.dtype, first.file, first.line) == (b"Linear", b"f32", b"src/tiny.rs", 2**40)
    assert (first.shape, first.data, first.bytes) == ((1, 3), ctypes.addressof(kept), 12)
    assert (list(kept), list(replaced)) == ([1, 2, 3], [7, 8, 9])


def test_a_library_without_the_interface_has_none_of_it():
    interface = TapInterface(ctypes.CDLL(None))
    assert not interface.explicit and not interface.layers and interface.keys_read() == ()
    with interface.installed(lambda address: None):
        pass

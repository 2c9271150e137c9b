"""The C interface without a process around it."""

import ctypes
from pathlib import Path

from workbench.native.cabi import Receiver, TapInterface


class CTap(ctypes.Structure):
    _fields_ = [
        *((f"{name}{part}", kind) for name in ("name", "kind", "file", "dtype")
          for part, kind in (("", ctypes.c_void_p), ("_len", ctypes.c_size_t))),
        ("line", ctypes.c_uint64), ("shape", ctypes.POINTER(ctypes.c_size_t)), ("rank", ctypes.c_size_t),
        ("data", ctypes.c_void_p), ("bytes", ctypes.c_size_t),
    ]  # fmt: skip

    def text(self, name: str) -> bytes:
        return ctypes.string_at(getattr(self, name), getattr(self, f"{name}_len"))


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

    @ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(CTap))
    def receive(context: int, record: "ctypes._Pointer[CTap]") -> int | None:
        one = record[0]
        texts = tuple(map(one.text, ("name", "kind", "file", "dtype")))
        heard.append((*texts, one.line, one.shape[: one.rank], one.data, one.bytes, context))
        return ctypes.addressof(replacement) if texts[0] == b"put in" else None

    receiver = Receiver(ctypes.cast(receive, ctypes.c_void_p).value or 0, 77)
    kept, replaced = (ctypes.c_float * 3)(1, 2, 3), (ctypes.c_float * 3)(1, 2, 3)
    with TapInterface(library).installed(receiver):
        assert library.tiny_installed() == 2
        tap(library, "größe".encode(), kept)
        tap(library, b"put in", replaced)
    assert library.tiny_installed() == 0
    tap(library, b"late", kept)
    assert [record[0].decode() for record in heard] == ["größe", "put in"]
    assert heard[0][1:] == (b"Linear", b"src/tiny.rs", b"f32", 2**40, [1, 3], ctypes.addressof(kept), 12, 77)
    assert (list(kept), list(replaced)) == ([1, 2, 3], [7, 8, 9])


def test_a_library_without_the_interface_has_none_of_it():
    interface = TapInterface(ctypes.CDLL(None))
    assert not interface.explicit and not interface.layers and interface.keys_read() == ()
    with interface.installed(Receiver(0, 0)):
        pass


TWO = """
#include <stddef.h>
#include <string.h>
static void *sinks[2];
void workbench_layers_install_v1(void *sink, void *context) { sinks[0] = sink; }
void workbench_layers_install_v1_0_9_2(void *sink, void *context) { sinks[1] = sink; }
static size_t say(const char *text, char *out, size_t room) {
    if (out) memcpy(out, text, room < strlen(text) ? room : strlen(text));
    return strlen(text);
}
size_t workbench_keys_read_v1(char *out, size_t room) { return say("b\\na", out, room); }
size_t workbench_keys_read_v1_0_9_2(char *out, size_t room) { return say("c\\na", out, room); }
int installed(void) { return (sinks[0] != NULL) + (sinks[1] != NULL); }
"""


def test_every_candle_nn_in_a_library_is_tapped(compile_c):
    library = ctypes.CDLL(str(compile_c(TWO, "libtwo.so")))
    one, both = TapInterface(library), TapInterface(library, ("", "_0_9_2", "_0_8_0"))
    assert one.keys_read() == ("a", "b") and both.keys_read() == ("a", "b", "c")
    with both.installed(Receiver(1, 0)):
        assert library.installed() == 2
    assert library.installed() == 0

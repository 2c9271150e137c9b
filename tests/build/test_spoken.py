"""Diagnostics out of what compilers print for people."""

from workbench.build.spoken import Spoken
from workbench.model.build import Diagnostic

RUSTC = """\
   Compiling my-port v0.1.0 (/a b/port)
\x1b[1m\x1b[91merror[E0308]\x1b[0m\x1b[1m: mismatched types\x1b[0m
 \x1b[94m-->\x1b[0m src/my attn.rs:2:5
  |
2 |     "x"
  |     ^^^ expected `i32`, found `&str`

warning: unused variable: `y`
  --> src/lib.rs:7:9

warning: `my-port` (lib) generated 1 warning
error: could not compile `my-port` (lib) due to 1 previous error; 1 warning emitted
"""


def heard(text: str) -> list[Diagnostic]:
    spoken = Spoken()
    found = [diagnostic for line in text.splitlines() for diagnostic in spoken.take(line)]
    return [*found, *spoken.end()]


def test_rustc_is_read_with_its_colours_kept():
    error, warning = heard(RUSTC)
    assert (error.level, error.code, error.message) == ("error", "E0308", "mismatched types")
    assert (error.file, error.line, error.column) == ("src/my attn.rs", 2, 5)
    assert "\x1b[91m" in error.rendered and "found `&str`" in error.rendered
    assert (warning.level, warning.file, warning.line) == ("warning", "src/lib.rs", 7)


def test_a_diagnostic_without_a_place_is_kept():
    (said,) = heard("error: linking with `cc` failed: exit status: 1\n  = note: cannot find -lfoo\n")
    assert said.file == "" and "cannot find -lfoo" in said.rendered


def test_gcc_and_clang_are_read():
    (said,) = heard(
        "In file included from a.h:1:\nsrc/a b.c:12:3: fatal error: nope.h: No such file\n    12 | #include\n"
    )
    assert (said.level, said.file, said.line, said.column) == ("error", "src/a b.c", 12, 3)
    assert said.message == "nope.h: No such file"


def test_other_talk_is_no_diagnostic():
    assert heard("all good\n10:20:30: starting\nwarnings: 0\n") == []

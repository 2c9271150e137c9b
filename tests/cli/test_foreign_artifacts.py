"""A crate whose shared object is no stage module of this Python and machine: a sentence, exit 1, and no crash."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.driving import INPUTS, SESSION, edited, reasons, run

MANIFEST = """
[package]
name = "odd"
version = "0.1.0"
edition = "2021"
[lib]
crate-type = ["cdylib"]
"""
PLAIN = '#[no_mangle]\npub extern "C" fn nothing() {}\n'
OTHER_PYTHON = """
extern "C" { fn _PyOfAnotherVersion_New() -> *mut u8; }
#[no_mangle]
pub extern "C" fn PyInit_odd() -> *mut u8 { unsafe { _PyOfAnotherVersion_New() } }
"""
NO_PROTOCOL = """
#[repr(C)]
pub struct Definition { head: [usize; 5], name: *const u8, doc: *const u8, size: isize, rest: [usize; 5] }
extern "C" { fn PyModule_Create2(definition: *mut Definition, version: i32) -> *mut u8; }
#[no_mangle]
pub extern "C" fn PyInit_odd() -> *mut u8 {
    let name = b"odd\\0".as_ptr();
    let definition = Definition { head: [1, 0, 0, 0, 0], name, doc: name, size: -1, rest: [0; 5] };
    unsafe { PyModule_Create2(Box::into_raw(Box::new(definition)), 1013) }
}
"""
FOREIGN_LINKER = """#!/bin/sh
# Links, and says in the file's header that it is for a RISC-V.
cc "$@" || exit
while [ "$1" != -o ]; do shift; done
case "$2" in *libodd*) printf '\\363\\000' | dd of="$2" bs=1 seek=18 conv=notrunc status=none;; esac
"""

ODD = {
    "no Python extension": (PLAIN, "", "exports no PyInit_odd, so it is no Python extension"),
    "another Python": (OTHER_PYTHON, "", "is an extension of another Python: it needs _PyOfAnotherVersion_New"),
    "no stage protocol": (NO_PROTOCOL, "", "odd is no stage module: it has no function stages()"),
    "another machine": (PLAIN, FOREIGN_LINKER, "is built for 64-bit little-endian RISC-V, this machine is"),
}


@pytest.fixture
def odd(workspace: Path) -> Iterator[Path]:
    """A crate beside the real one, which the session now builds."""
    crate = workspace / "odd"
    (crate / "src").mkdir(parents=True, exist_ok=True)
    (crate / "Cargo.toml").write_text(MANIFEST)
    (crate / "Cargo.lock").write_text('version = 4\n[[package]]\nname = "odd"\nversion = "0.1.0"\n')
    path = workspace / SESSION
    with (
        edited(path, "../../rust/Cargo.toml", "../../odd/Cargo.toml"),
        edited(path, '"cosyvoice3"\n\n[sizes', '"odd"\n\n[sizes'),
    ):
        yield crate


@pytest.mark.parametrize(("source", "linker", "told"), ODD.values(), ids=ODD.keys())
def test_a_foreign_artifact_is_refused_in_one_sentence(
    workspace: Path, odd: Path, source: str, linker: str, told: str
) -> None:
    (odd / "src" / "lib.rs").write_text(source)
    environment = {}
    if linker:
        (odd / "odd-cc").write_text(linker)
        (odd / "odd-cc").chmod(0o755)
        said = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
        host = said.partition("host: ")[2].split()[0].upper().replace("-", "_")
        environment[f"CARGO_TARGET_{host}_LINKER"] = str(odd / "odd-cc")
    done = run("check", "--json", cwd=workspace, **environment)
    assert done.returncode == 1, done.stderr[-3000:]
    found = reasons(done)
    assert len(found) == INPUTS and all(told in reason and "\n" not in reason for reason in found), found
    assert "Traceback" not in done.stderr

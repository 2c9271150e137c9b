"""What cargo says on stderr, which has no JSON form: text in, values out."""

import re

import msgspec

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_COMPILING = re.compile(r"\s*Compiling (\S+) v")
_WAITING = re.compile(r"\s*Blocking waiting for file lock on (.+)")
_FETCHING = re.compile(r"\s*(Updating|Downloading|Downloaded) (.+)")
LONGEST = 40
"""Lines of cargo's own text that a reason may hold."""


class Compiling(msgspec.Struct, frozen=True):
    """A package is being compiled."""

    package: str


class Waiting(msgspec.Struct, frozen=True):
    """Another cargo holds a lock; `lock` is cargo's name for it."""

    lock: str


class Fetching(msgspec.Struct, frozen=True):
    """Dependencies are on their way."""

    text: str


def read(line: str) -> Compiling | Waiting | Fetching | None:
    """Return what one line says, or None for what nobody needs."""
    line = plain(line)
    if found := _COMPILING.match(line):
        return Compiling(found[1])
    if found := _WAITING.match(line):
        return Waiting(found[1].strip())
    if found := _FETCHING.match(line):
        return Fetching(f"{found[1]} {found[2]}")
    return None


def plain(text: str) -> str:
    """Return the text without its colours."""
    return _ANSI.sub("", text)


def missing_toolchain(stderr: str) -> str:
    """Return a sentence that names the command that installs what is missing, or nothing."""
    if found := re.search(r"toolchain '([^']+)' is not installed", stderr):
        return f"The Rust toolchain `{found[1]}` is missing: run `rustup toolchain install {found[1]}`."
    if "could not choose a version of cargo" in stderr or "no default is configured" in stderr:
        return "rustup has no default toolchain: run `rustup default stable`."
    if re.search(r"could not execute process `\S*rustc", stderr):
        return "cargo found no rustc: install Rust with rustup (`rustup toolchain install stable`)."
    return ""


def reason(stderr: str, code: int) -> str:
    """Return why cargo stopped without a compiler error: a sentence for what is known, else cargo's own words."""
    text = plain(stderr)
    if "--locked was passed" in text:
        return (
            "Cargo.lock is missing or behind the manifests, and the workbench never writes it: run `cargo check` "
            "once in the workspace."
        )
    if code > 128:
        return f"cargo was ended by signal {code - 128}" + (" (out of memory?)." if code == 137 else ".")
    lines = text.splitlines()
    start = next((index for index, line in enumerate(lines) if line.startswith("error")), 0)
    return "\n".join(lines[start : start + LONGEST]).strip() or f"cargo ended with status {code}."

"""The files that a build was made from: cargo's dep-info beside the artifact, and what it leaves out."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

_SEPARATOR = re.compile(r"(?<!\\) ")
_LEFT_OUT = ("Cargo.toml", "Cargo.lock", "build.rs", "rust-toolchain", "rust-toolchain.toml")
_CONFIGS = (".cargo/config.toml", ".cargo/config")


def parse(text: str) -> frozenset[str]:
    """Return the inputs that a Makefile-like `.d` file lists; a space within a path is written `\\ `."""
    found: set[str] = set()
    for line in text.splitlines():
        _, colon, inputs = f"{line} ".partition(": ")
        if colon and not line.startswith("#"):
            found.update(part.replace("\\ ", " ") for part in _SEPARATOR.split(inputs) if part)
    return frozenset(found)


def of(artifact: Path, base: Path) -> frozenset[Path]:
    """Return the absolute inputs of an artifact; empty when cargo wrote no `.d` beside it.

    A relative path is relative to `base`, the workspace's root.
    """
    try:
        text = artifact.with_suffix(".d").read_text()
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return frozenset(Path(os.path.normpath(base / path)) for path in parse(text))


def left_out(root: Path, crates: Iterable[Path]) -> frozenset[Path]:
    """Return what cargo reads besides, whether it exists or not: manifests, lock, settings, toolchain, build scripts.

    `crates` are the folders of the crates that take part, `root` is the workspace's.
    """
    folders = {root, *crates}
    named = {folder / name for folder in folders for name in (*_LEFT_OUT, *_CONFIGS)}
    above = {parent / name for parent in root.parents for name in _CONFIGS}
    return frozenset(named | {path for path in above if path.is_file()})

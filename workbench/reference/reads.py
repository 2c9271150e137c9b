"""Which files user code opens to read: recordings, tables, settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

COMPILED = ".pyc"

files: set[Path] = set()
"""What was opened for reading inside `watched()` so far. What native code opens by itself is not seen."""

_depth = 0


@contextmanager
def watched() -> Iterator[None]:
    """Notice what is read inside the block."""
    global _depth
    _listen()
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1


@lru_cache(maxsize=1)
def _listen() -> None:
    # Python keeps an audit hook until the process ends, so there is one.
    sys.addaudithook(_hear)


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if not _depth or event != "open":
        return
    path, mode, flags = args
    writes = set(mode or "") & set("wax+") or flags & (os.O_WRONLY | os.O_RDWR)
    if isinstance(path, (str, bytes, os.PathLike)) and not writes:
        file = Path(os.fsdecode(path)).absolute()
        if file.suffix != COMPILED:
            files.add(file)

"""Which Python line called a module or a tap."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path


def call_site() -> tuple[str, int]:
    """File and line of the innermost frame outside torch and outside this package; ("", 0) where there is none."""
    frame = sys._getframe(1)
    while not is_user_file(frame.f_code.co_filename):
        if frame.f_back is None:
            return "", 0
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


@lru_cache(maxsize=4096)
def is_user_file(filename: str) -> bool:
    """Whether a code object's file is neither torch's, nor ours, nor generated (`<string>`)."""
    return not filename.startswith(("<", *_skipped()))


@lru_cache(maxsize=1)
def _skipped() -> tuple[str, ...]:
    torch = find_spec("torch")
    folders = [str(Path(__file__).parent)]
    if torch is not None and torch.origin is not None:
        folders.append(str(Path(torch.origin).parent))
    return tuple(folder + os.sep for folder in folders)

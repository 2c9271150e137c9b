"""The files of a capture's folder."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError, safe_open

from workbench.reference.writer import disk

INPUTS = "inputs.safetensors"
REFERENCE = "reference.safetensors"
DRAWS = "draws.safetensors"
"""The random numbers that the float32 run drew."""
NOISE = "noise.safetensors"
MANIFEST = "manifest.json"
DRAFT = "manifest.partial.json"
"""The manifest from the end of the float32 run until the float64 run is through."""
OURS = (INPUTS, REFERENCE, DRAWS, NOISE, "noise.json", MANIFEST, DRAFT, "injected-*")


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make the folder and hold it inside the block, after waiting for another process that does.

    What an interrupted holder left half written is removed; the system lets go of the folder when a holder dies.
    """
    with disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        remove(folder, "*.tmp")
        yield
    finally:
        os.close(handle)


def whole(path: Path) -> bool:
    """Whether a tensors file is there, undamaged as far as its header tells."""
    try:
        with safe_open(str(path), framework="numpy"):
            return True
    except (SafetensorError, OSError):
        return False


def compared(path: Path) -> bool:
    """Whether the outcome of an exact run is there, undamaged: its tensors, and the statistics beside them."""
    return told(path) and whole(path)


def told(path: Path) -> bool:
    """Whether the statistics of a run are there, undamaged."""
    try:
        json.loads(path.with_suffix(".json").read_bytes())
    except (OSError, ValueError):
        return False
    return True


def remove(folder: Path, *patterns: str) -> None:
    """Remove the files of a capture that match."""
    for pattern in patterns:
        for path in folder.glob(pattern):
            path.unlink()


def injected(folder: Path, taps: Collection[str]) -> Path:
    """The file of the run with float32 put in at `taps`: named by the 8-byte BLAKE2b of the sorted names."""
    digest = hashlib.blake2b("\n".join(sorted(taps)).encode(), digest_size=8).hexdigest()
    return folder / f"injected-{digest}.safetensors"

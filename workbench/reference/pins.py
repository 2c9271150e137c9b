"""What a capture depends on: imported sources, files that the reference read, library versions, weights."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy.version
import torch.version

from workbench.reference import reads
from workbench.reference.failure import Failure
from workbench.reference.imports import made_of

CHUNK = 1 << 22
VERSIONS = (Path(numpy.version.__file__), Path(torch.version.__file__))
LIBRARIES = {"site-packages", "dist-packages"}


@dataclass(frozen=True)
class Pin:
    """One file as it was when it was read; `blake2` is the hex BLAKE2b of its content, 16 bytes long."""

    path: str
    size: int
    mtime_ns: int
    blake2: str


class Sources:
    """What `reference` is made of: files under the given folders that it imports or reads, and two version files.

    Files are hashed soon after they were used, so that a later edit does not pass for what was run.
    """

    def __init__(self, reference: Path, folders: Iterable[Path]) -> None:
        self._reference = reference.absolute()
        self._folders = [folder.resolve() for folder in folders]
        self._judged: set[Path] = set()
        self._pins: dict[Path, Pin] = {path: pin(path) for path in VERSIONS}
        self._since = 0

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Pin what is used inside the block.

        Raises Failure at the start where a file was edited since it was used, at the end where one was edited
        meanwhile: nobody knows then what was run.
        """
        for old in self._pins.values():
            if not holds(old):
                raise Failure(f"{old.path} changed since it was read; start the worker again")
        self._since = time.time_ns()
        try:
            yield
        finally:
            self._note()

    def pins(self, without: Collection[Path] = ()) -> list[Pin]:
        """The pins up to now, by path, but for some files. Raises Failure as the end of a `noted` block does."""
        self._note()
        kept = [found for path, found in self._pins.items() if path not in without]
        return sorted(kept, key=lambda pin: pin.path)

    def of_others(self, own: str, others: Iterable[str]) -> frozenset[Path]:
        """Return the files that other modules are made of and the module `own` is not.

        reference.py itself, which is run for every stage, is never among them.
        """
        mine = made_of(own, self._is_ours)
        return frozenset[Path]().union(*(made_of(other, self._is_ours) for other in others)) - mine - {self._reference}

    def _note(self) -> None:
        used = {*_imported(), *reads.files} - self._judged
        self._judged |= used
        now = time.time_ns()
        for path in filter(self._is_ours, used):
            self._pins[path] = found = pin(path)
            if self._since <= found.mtime_ns <= now:
                raise Failure(f"{path} changed while it was being read; start the worker again")

    def _is_ours(self, path: Path) -> bool:
        real = path.resolve()
        inside = [real.relative_to(folder) for folder in self._folders if folder in real.parents]
        # A pinned folder may hold a whole environment; libraries are pinned by their versions.
        return path.is_file() and any(not LIBRARIES & set(relative.parts) for relative in inside)


def pin(path: Path) -> Pin:
    """Pin one file. Raises Failure where it cannot be read."""
    try:
        stat = path.stat()
        return Pin(str(path), stat.st_size, stat.st_mtime_ns, _digest(path, stat.st_size, stat.st_mtime_ns))
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}") from error


def holds(old: Pin) -> bool:
    """Whether the file still has the pinned content; a changed time alone is no change."""
    path = Path(old.path)
    if not path.is_file():
        return False
    stat = path.stat()
    if (stat.st_size, stat.st_mtime_ns) == (old.size, old.mtime_ns):
        return True
    return stat.st_size == old.size and pin(path).blake2 == old.blake2


def as_json(pins: Iterable[Pin]) -> list[dict[str, Any]]:
    """The pins as the manifest holds them."""
    return [asdict(pin) for pin in pins]


def environment(names: Iterable[str]) -> dict[str, str | None]:
    """The values of the pinned environment variables; None for one that is not set."""
    return {name: os.environ.get(name) for name in names}


def _imported() -> Iterator[Path]:
    for module in list(sys.modules.values()):
        # Not getattr: a module that imports lazily may do so, and fail, on any name.
        file = getattr(module, "__dict__", {}).get("__file__")
        if isinstance(file, str):
            yield Path(file).absolute()


@lru_cache(maxsize=4096)
def _digest(path: Path, size: int, mtime_ns: int) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()

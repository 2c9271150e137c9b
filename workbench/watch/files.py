"""Which files a watch is about, and which folders their events come from."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

Ignored = Callable[..., bool]


def wanted(inputs: Iterable[Path], roots: Iterable[Path], ignored: Ignored) -> frozenset[Path]:
    """Return the files to look at: the inputs (of a folder: all in it) and every `.rs` file below a root."""
    found: set[Path] = set()
    for path in inputs:
        found.update(_below(path, ignored) if path.is_dir() else (path,))
    for root in roots:
        found.update(path for path in _below(root, ignored) if path.suffix == ".rs")
    return frozenset(found)


def folders(inputs: Iterable[Path], roots: Iterable[Path]) -> dict[Path, bool]:
    """Return the existing folders to watch, and whether with all that lies below.

    A file is watched through its folder, since editors replace files, and through the folder that a link leads to; a
    root also through its parent, which tells when the root is made again.
    """
    recursive = {path for path in {*roots, *inputs} if path.is_dir()}
    recursive = {path for path in recursive if not recursive.intersection(path.parents)}
    parents = {path.parent for path in {*roots, *inputs, *map(Path.resolve, inputs)}}
    flat = {path for path in parents if path.is_dir() and not recursive.intersection((path, *path.parents))}
    return dict.fromkeys(recursive, True) | dict.fromkeys(flat, False)


def _below(folder: Path, ignored: Ignored) -> Iterator[Path]:
    for place, names, files in os.walk(folder):
        here = Path(place)
        names[:] = [name for name in names if not ignored(here / name, folder=True)]
        yield from (here / name for name in files if not ignored(here / name))

"""Removes what the workbench keeps of a session."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from workbench.engine.home import Home


def clean(home: Home, everything: bool) -> Iterator[tuple[Path, int]]:
    """Remove captures, checkpoints and builds, with `everything` the rest too; yield each path and its bytes."""
    wanted = [home.captures / home.session, *home.checkpoints.glob(f"{home.session}-*"), home.builds, home.scratch]
    if everything:
        wanted += [home.target, home.events, home.reproductions, home.heard, *home.root.glob("history.sqlite*")]
    for path in wanted:
        if path.exists() and path.is_relative_to(home.root):
            size = _bytes(path)
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            yield path, size


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if file.is_file())

"""Whether git is rewriting the work tree right now: then half of what changed is not there yet."""

from pathlib import Path

MANY = 200
"""Paths that no editor saves at once."""

QUIET = 0.5
PATIENCE = 10.0
"""Seconds after which a lock counts as left behind by a git that died."""


class Vcs:
    """The repository that a folder lies in, if any; nothing in it is ever written or deleted."""

    def __init__(self, folder: Path) -> None:
        self._git = _git_folder(folder)
        self._head = self._read_head()
        self._given_up: tuple[int, int] | None = None

    def working(self, dirty: int) -> bool:
        """Return whether to wait: the index is locked, HEAD has moved, or `dirty` paths are many."""
        return self.locked() or self._read_head() != self._head or dirty > MANY

    def catch_up(self) -> None:
        """Take the present HEAD as known."""
        self._head = self._read_head()

    def locked(self) -> bool:
        """Return whether git holds its index, by a lock that was not given up on."""
        lock = self._lock()
        return lock is not None and lock != self._given_up

    def give_up(self) -> None:
        """Take no notice of the present lock from now on."""
        self._given_up = self._lock()

    def _lock(self) -> tuple[int, int] | None:
        try:
            stat = (self._git / "index.lock").stat() if self._git else None
        except OSError:
            return None
        return (stat.st_ino, stat.st_mtime_ns) if stat else None

    def _read_head(self) -> str:
        try:
            return (self._git / "HEAD").read_text() if self._git else ""
        except OSError:
            return ""


def _git_folder(folder: Path) -> Path | None:
    """Return the git folder of a work tree; a linked work tree has a file in its place."""
    found = next((parent / ".git" for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
    if found is None or found.is_dir():
        return found
    words = found.read_text().partition("gitdir:")[2].strip()
    return (found.parent / words) if words else None

"""Which files really changed: time and size first, the content's hash where those moved."""

import time
from collections.abc import Callable, Iterable
from hashlib import file_digest
from pathlib import Path

import msgspec

TICK = 50_000_000
"""Nanoseconds within which a file system may give two writes the same time."""

_ABSENT = ""
_UNKNOWN = "?"


class Changes(msgspec.Struct, frozen=True):
    """Files by what happened to them, each sorted; `changed` includes the other two."""

    changed: tuple[Path, ...] = ()
    added: tuple[Path, ...] = ()
    removed: tuple[Path, ...] = ()


class _Entry(msgspec.Struct, frozen=True):
    """One file when it was looked at; `sure` is false when it was written so recently that its time may lie."""

    mtime_ns: int
    size: int
    digest: str
    sure: bool


_NOTHING = _Entry(0, 0, _ABSENT, True)


class Fingerprint:
    """The state of a set of files; blocks, and belongs to one thread at a time."""

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._entries: dict[Path, _Entry] = {}

    def adopt(self, files: Iterable[Path], since: int | None = None) -> bool:
        """Take up new files as they are, and forget the others; return whether one needs a `compare`.

        One that was written or moved here after `since` (nanoseconds since 1970) counts as changed in the next
        `compare`: nobody knows which of its states was built.
        """
        wanted = set(files)
        fresh = {path: self._look(path, _NOTHING) for path in wanted - self._entries.keys()}
        late = [path for path in fresh if since is not None and _arrived(path) > since]
        fresh |= dict.fromkeys(late, _Entry(0, 0, _UNKNOWN, False))
        self._entries = {path: entry for path, entry in self._entries.items() if path in wanted} | fresh
        return bool(late)

    def compare(self, files: Iterable[Path]) -> Changes:
        """Return what differs from the last look, and remember what is there now."""
        before, wanted = self._entries, set(files)
        now = {path: self._look(path, before.get(path, _NOTHING)) for path in wanted | before.keys()}
        moved = {path for path, entry in now.items() if entry.digest != before.get(path, _NOTHING).digest}
        self._entries = {path: entry for path, entry in now.items() if path in wanted}
        return Changes(
            changed=tuple(sorted(moved)),
            added=tuple(sorted(path for path in moved if before.get(path, _NOTHING).digest == _ABSENT)),
            removed=tuple(sorted(path for path in moved if now[path].digest == _ABSENT)),
        )

    def _look(self, path: Path, before: _Entry) -> _Entry:
        try:
            stat = path.stat()
            if before.sure and (stat.st_mtime_ns, stat.st_size) == (before.mtime_ns, before.size):
                return before
            with path.open("rb") as file:
                digest = file_digest(file, "blake2b").hexdigest()
        except OSError:
            return _NOTHING
        return _Entry(stat.st_mtime_ns, stat.st_size, digest, self._clock() - stat.st_mtime_ns > TICK)


def _arrived(path: Path) -> int:
    """Return when a file was last written, renamed or moved, in nanoseconds."""
    try:
        return path.stat().st_ctime_ns
    except OSError:
        return 0

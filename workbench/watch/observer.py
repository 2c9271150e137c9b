"""Events of the file system, reduced to "these paths are dirty"."""

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch
from watchdog.observers.polling import PollingObserver

LIMIT = 256
"""Dirty paths that are remembered one by one; beyond that only "many" is known."""

POLL = 1.0
"""Seconds between two looks where the kernel sends no events."""

_FILTER: list[type[FileSystemEvent]] = [
    *(FileModifiedEvent, FileCreatedEvent, FileDeletedEvent, FileMovedEvent, FileClosedEvent),
    *(DirCreatedEvent, DirDeletedEvent, DirMovedEvent),
]
"""Reading a file is no event; folders count only when they come and go."""

_SPENT = (errno.ENOSPC, errno.EMFILE, errno.ENFILE)


class Dirty(FileSystemEventHandler):
    """What was touched since the last `drain`; filled by the observer's thread, emptied by the loop."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._paths: set[str] = set()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Mark both ends of an event; a rename matters where it arrives."""
        with self._lock:
            first = not self._paths
            if len(self._paths) < LIMIT:
                self._paths.update(str(path) for path in (event.src_path, event.dest_path) if path)
        if first:
            self._wake()

    def drain(self) -> set[Path]:
        """Return the paths and forget them."""
        with self._lock:
            paths, self._paths = self._paths, set()
        return {Path(path) for path in paths}


class _Watch(msgspec.Struct, frozen=True):
    handle: ObservedWatch
    recursive: bool
    inode: int


class Watches:
    """The folders under observation; blocks, and belongs to one thread at a time.

    `polling` looks every second instead of asking the kernel; `polls` says whether that is what happens.
    """

    def __init__(self, dirty: Dirty, *, polling: bool) -> None:
        self._dirty = dirty
        self.polls = polling
        self._observer: BaseObserver | None = None
        self._watches: dict[Path, _Watch] = {}

    def set(self, folders: Mapping[Path, bool]) -> None:
        """Observe exactly these folders (with all below, or not), anew where one was made again.

        Turns to polling when the kernel's limits are spent; raises OSError when nothing works.
        """
        try:
            self._set(folders)
        except OSError as error:
            if self.polls or error.errno not in _SPENT:
                raise
            self.stop()
            self.polls = True
            self._set(folders)

    def stop(self) -> None:
        """End every thread."""
        if self._observer:
            self._observer.stop()
            self._observer.join()
        self._observer = None
        self._watches.clear()

    def _set(self, folders: Mapping[Path, bool]) -> None:
        observer = self._running()
        for path, watch in list(self._watches.items()):
            if folders.get(path) != watch.recursive or _inode(path) != watch.inode:
                del self._watches[path]
                with contextlib.suppress(KeyError, OSError):
                    observer.unschedule(watch.handle)
        for path, recursive in folders.items():
            if path not in self._watches:
                self._add(observer, path, recursive)

    def _add(self, observer: BaseObserver, path: Path, recursive: bool) -> None:
        inode = _inode(path)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            handle = observer.schedule(self._dirty, os.path.realpath(path), recursive=recursive, event_filter=_FILTER)
            self._watches[path] = _Watch(handle, recursive, inode)

    def _running(self) -> BaseObserver:
        if self._observer is None:
            self._observer = PollingObserver(timeout=POLL) if self.polls else Observer()
            self._observer.start()
        return self._observer


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return 0

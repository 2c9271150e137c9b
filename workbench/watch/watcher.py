"""From saves to edits: dirty → settled → git at rest → really changed."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

import msgspec

from workbench.model.events import Event, Notice
from workbench.watch import files, vcs
from workbench.watch.fingerprint import Changes, Fingerprint
from workbench.watch.ignore import Ignore
from workbench.watch.observer import Dirty, Watches
from workbench.watch.settle import Settle

RESCAN = 30.0
"""Seconds of silence after which the files are looked at anyway: events get lost, network mounts send none."""


class Edit(msgspec.Struct, frozen=True):
    """One save or one burst of them, or a wish to build without any (`forced`).

    `changed` are all files whose content differs, relative to the workspace where they lie inside it; `added` and
    `removed` are those of them that are new or gone.
    """

    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    forced: bool = False


class Watcher:
    """Watches the files that cargo says matter, and folders in which new ones may appear.

    `root` is the workspace. `emit` receives Notices; `on_state` hears `settling`, `vcs` and, when it all came to
    nothing, `idle`. Use as `async with Watcher(…) as watcher`, `update` it before the first build and after each,
    and iterate over `changes()` in one task. All methods belong to the event loop's thread.
    """

    def __init__(
        self,
        root: Path,
        *,
        emit: Callable[[Event], None],
        on_state: Callable[[str], None] = lambda _: None,
        polling: bool = False,
        rescan: float = RESCAN,
    ) -> None:
        self._root, self._emit, self._on_state, self._rescan = root, emit, on_state, rescan
        self._inputs: frozenset[Path] = frozenset()
        self._roots: frozenset[Path] = frozenset()
        self._event = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._dirty = Dirty(self._wake_up)
        self._pending: set[Path] = set()
        self._poked = self._paused = self._due = self._said = False
        self._files = asyncio.Lock()
        self._watches = Watches(self._dirty, polling=polling)
        self._ignored = Ignore(root)
        self._fingerprint = Fingerprint()
        self._vcs = vcs.Vcs(root)
        self._since: int | None = None

    async def __aenter__(self) -> "Watcher":
        return self

    async def __aexit__(self, *_: object) -> None:
        async with self._files:
            await asyncio.to_thread(self._watches.stop)

    async def update(self, inputs: Iterable[Path], roots: Iterable[Path]) -> None:
        """Watch these files and these source folders from now on.

        What is new among them is taken as it is, unless it was written after the last Edit: then it makes another.
        Nothing is looked at when nothing is new, as after most builds: a check waits for this.
        """
        wanted = frozenset(inputs), frozenset(roots)
        if self._since and wanted == (self._inputs, self._roots):
            return
        self._inputs, self._roots = wanted
        async with self._files:
            late = await asyncio.to_thread(self._adopt)
        self._since = self._since or time.time_ns()
        self._say_polling()
        if late:
            self._look_soon()

    def poke(self) -> None:
        """Make `changes` give an Edit now, settled or not, changed or not; works while paused."""
        self._poked = True
        self._event.set()

    def pause(self) -> None:
        """Give no Edit for saves until `resume`."""
        self._paused = True

    def resume(self) -> None:
        """Give what changed meanwhile as one Edit."""
        self._paused = False
        self._look_soon()

    async def changes(self) -> AsyncIterator[Edit]:
        """Yield an Edit per settled burst of saves that changed something, for ever."""
        while True:
            heard = await self._wake()
            if heard and not self._poked:
                self._on_state("settling")
            await self._settle()
            forced, self._poked = self._poked, False
            if self._paused and not forced:
                continue
            self._due = False
            self._pending.clear()
            edit = await self._look(forced)
            if edit.changed or forced:
                yield edit
            elif heard:
                self._on_state("idle")

    async def _wake(self) -> bool:
        """Return true on a relevant event or a poke, false when it is time to look anyway."""
        while not self._poked:
            heard = await self._next_event(self._rescan)
            if not self._paused and (not heard or self._gather() or self._due):
                return heard
        return True

    async def _settle(self) -> None:
        now = time.monotonic()
        burst = Settle(now, now)
        while not self._poked and (left := burst.remaining(time.monotonic())) > 0:
            if await self._next_event(left) and self._gather():
                burst.event(time.monotonic())
        if not self._poked and self._vcs.working(len(self._pending)):
            await self._hold()
            self._vcs.catch_up()

    async def _hold(self) -> None:
        """Wait until git is done: no lock, and nothing happened for a while."""
        self._on_state("vcs")
        now = time.monotonic()
        burst = Settle(now, now, vcs.QUIET, vcs.PATIENCE)
        while not self._poked and (left := burst.remaining(time.monotonic())) > 0:
            if (await self._next_event(min(left, 0.1)) and self._gather()) or self._vcs.locked():
                burst.event(time.monotonic())
        if self._vcs.locked() and not self._poked:
            self._vcs.give_up()
            text = f"git has held its index.lock for {vcs.PATIENCE:.0f} s; going on without waiting for it"
            self._emit(Notice(text=text, level="warning"))

    async def _next_event(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True

    def _gather(self) -> bool:
        """Take what is dirty and return whether anything of it matters.

        An event does not say whether a path that is gone was a folder; rules for folders are applied to all. Once
        there are too many paths for an editor, no more are told apart.
        """
        dirty = self._dirty.drain()
        if len(self._pending) > vcs.MANY:
            return bool(dirty)
        new = {path for path in dirty if path in self._inputs or not self._ignored(path, folder=True)}
        self._pending |= new
        return bool(new)

    async def _look(self, forced: bool) -> Edit:
        async with self._files:
            moment = time.time_ns()
            found = await asyncio.to_thread(self._compare)
        if found.changed or forced:
            self._since = moment
        self._say_polling()
        changed, added, removed = map(self._names, (found.changed, found.added, found.removed))
        return Edit(changed, added, removed, forced)

    def _adopt(self) -> bool:
        self._watches.set(files.folders(self._inputs, self._roots))
        return self._fingerprint.adopt(files.wanted(self._inputs, self._roots, self._ignored), self._since)

    def _compare(self) -> Changes:
        """Look again; watches first, so that what comes after the look is heard."""
        self._watches.set(files.folders(self._inputs, self._roots))
        return self._fingerprint.compare(files.wanted(self._inputs, self._roots, self._ignored))

    def _say_polling(self) -> None:
        if self._watches.polls and not self._said:
            self._said = True
            text = "watching by looking every second: asked for, or the kernel's inotify limits are spent"
            self._emit(Notice(text=text, level="warning"))

    def _names(self, paths: Iterable[Path]) -> tuple[str, ...]:
        return tuple(str(path.relative_to(self._root) if path.is_relative_to(self._root) else path) for path in paths)

    def _look_soon(self) -> None:
        self._due = True
        self._event.set()

    def _wake_up(self) -> None:
        """Called by the observer's thread, which may outlive the loop by a moment."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._event.set)

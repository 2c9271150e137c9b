"""An engine that tells a recorded event log again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import msgspec

from workbench.model.commands import Cancel, Command, Explain, Export, Pause, Quit, Rebuild, Recheck
from workbench.model.errors import WorkbenchError
from workbench.model.events import Event, Notice, StateChanged, decode

if TYPE_CHECKING:
    from workbench.engine.audition import Audition
    from workbench.engine.hearing import Wish
    from workbench.engine.listening import Said

LONGEST_WAIT = 2.0


class ReplayEngine:
    """Streams an NDJSON log with its own timing times `speed`; 0 is at once.

    A pause of the log longer than LONGEST_WAIT seconds is cut to that. Raises WorkbenchError where the file cannot be
    read or a line is no event.
    """

    def __init__(self, path: Path, speed: float = 1.0) -> None:
        self._events = read_log(path)
        self._speed = speed
        self._own: asyncio.Queue[Event] = asyncio.Queue()
        self._told: Event | None = None
        self._running = True
        self._end = asyncio.Event()

    def clock(self) -> float:
        """Return the moment that the log has reached, in Unix seconds: "now" for ages on the screen."""
        return self._told.at if self._told else self._events[0].at if self._events else 0.0

    def send(self, command: Command) -> None:
        """Pause, go on or end; what would run something is answered with a notice."""
        if isinstance(command, Pause):
            self._running = not command.on
            self._say(StateChanged(state="paused" if command.on else "idle", at=self.clock()))
        elif isinstance(command, Quit):
            self._end.set()
            self._say(StateChanged(state="stopped", at=self.clock()))
        elif isinstance(command, Recheck | Rebuild | Cancel | Explain | Export):
            self._say(Notice(text="this is a replayed log: nothing is built or checked", at=self.clock()))

    async def subscribe(self) -> AsyncIterator[Event]:
        """Yield the log's events, then stay open for answers to commands until Quit."""
        for event in self._events:
            async for answer in self._answers_until(event):
                yield answer
            if self._end.is_set():
                return
            self._told = event
            yield event
        while not self._end.is_set():
            yield await self._own.get()

    async def _answers_until(self, event: Event) -> AsyncIterator[Event]:
        """Yield what commands gave rise to, until the log's next event is due and the replay is not paused."""
        gap = min(max(event.at - self._told.at, 0.0), LONGEST_WAIT) if self._told else 0.0
        due = monotonic() + (gap / self._speed if self._speed else 0.0)
        while not self._end.is_set():
            wait = max(due - monotonic(), 0.0) if self._running else None
            if wait == 0.0 and self._own.empty():
                return
            try:
                yield await asyncio.wait_for(self._own.get(), wait)
            except TimeoutError:
                return

    async def audition(self, wish: "Wish", said: "Said") -> "Audition":
        """Raise WorkbenchError: a log holds no sounds."""
        raise WorkbenchError("this is a replayed log: it holds no sounds; open the session itself to hear them")

    async def watch(self) -> None:
        """Wait for Quit; the events come of themselves."""
        await self._end.wait()

    async def close(self) -> None:
        """End nothing: a replay has no children."""

    def _say(self, event: Event) -> None:
        self._own.put_nowait(event)


def read_log(path: Path) -> list[Event]:
    """Return the events of an NDJSON file, empty lines left out; raises WorkbenchError with file and line."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise WorkbenchError(
            f"{path}: the log cannot be read ({error.strerror}); give the path of an .ndjson file"
        ) from error
    return [_event(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _event(path: Path, number: int, line: bytes) -> Event:
    try:
        return decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WorkbenchError(
            f"{path}:{number}: this line is no event ({error}); remove it, or record the log again"
        ) from error

"""The real engine on a copy of the workspace: cargo, torch, forks, file events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workbench.engine.engine import Engine
from workbench.engine.opening import open_session
from workbench.model import commands as cmd
from workbench.model import events as ev
from workbench.model.board import Board

PATIENCE = 600.0
"""Seconds for one build and check: the first one may compile candle."""


@dataclass
class Loop:
    """A running watch loop with everything that it said."""

    engine: Engine
    sources: Path
    events: list[ev.Event] = field(default_factory=list)
    board: Board = field(default_factory=Board)
    heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self) -> None:
        async for event in self.engine.subscribe():
            self.board.apply(event)
            async with self.heard:
                self.events.append(event)
                self.heard.notify_all()

    async def until(self, wanted: Callable[[ev.Event], bool], start: int) -> ev.Event:
        """Return the first event from `start` on that is wanted."""
        async with asyncio.timeout(PATIENCE), self.heard:
            while True:
                for event in self.events[start:]:
                    if wanted(event):
                        return event
                start = len(self.events)
                await self.heard.wait()

    async def checked(self, start: int) -> ev.CheckDone:
        """Return the next check that ends; what breaks the loop instead is the test's failure."""
        done = await self.until(lambda event: isinstance(event, ev.CheckDone | ev.Broken), start)
        assert isinstance(done, ev.CheckDone), done
        return done

    async def save(self, file: str, old: str, new: str) -> tuple[ev.CheckDone, int]:
        """Replace a text that stands once in a source, save, and return the check and the edited line."""
        path = self.sources / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        start = len(self.events)
        path.write_text(text.replace(old, new))
        return await self.checked(start), text[: text.index(old)].count("\n") + 1


@asynccontextmanager
async def running(workspace: Path, size: str | None = None) -> AsyncIterator[Loop]:
    """Open the session, watch, and hand over the loop once its first check has ended."""
    engine = open_session("cosyvoice3", size, (), workspace)
    loop = Loop(engine, workspace / "rust" / "cosyvoice3" / "src" / "flow")
    reading = asyncio.create_task(loop.read())
    await asyncio.sleep(0)
    watching = asyncio.create_task(engine.watch())
    try:
        await loop.checked(0)
        yield loop
    finally:
        engine.send(cmd.Quit())
        await asyncio.wait([watching], timeout=10)
        await engine.close()
        await reading

"""The real app in tests: with an engine that tells what a test puts in, and read as a grid of characters."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from textual.pilot import Pilot

from workbench.engine.audition import Audition
from workbench.engine.hearing import Wish
from workbench.engine.listening import Said
from workbench.model.commands import Command, Quit
from workbench.model.errors import WorkbenchError
from workbench.model.events import Event
from workbench.tui.app import WorkbenchApp

Hears = Callable[[Wish, Said], Awaitable[Audition]]
WIDE, NARROW = (200, 60), (80, 24)


class Script:
    """An engine that tells what a test puts in, and remembers what it was sent."""

    def __init__(self, events: list[Event]) -> None:
        self.now = events[-1].at if events else 0.0
        self.sent: list[Command] = []
        self.hears: Hears | Exception = WorkbenchError("this test hears nothing")
        self._waiting: asyncio.Queue[Event | None] = asyncio.Queue()
        self._end = asyncio.Event()
        self.tell(*events)

    def clock(self) -> float:
        return self.now

    def tell(self, *events: Event) -> None:
        for event in events:
            self.now = max(self.now, event.at)
            self._waiting.put_nowait(event)

    def send(self, command: Command) -> None:
        self.sent.append(command)
        if isinstance(command, Quit):
            self._end.set()

    async def subscribe(self) -> AsyncIterator[Event]:
        while (event := await self._waiting.get()) is not None:
            yield event

    async def watch(self) -> None:
        await self._end.wait()

    async def audition(self, wish: Wish, said: Said) -> Audition:
        if isinstance(self.hears, Exception):
            raise self.hears
        audition = await self.hears(wish, said)
        assert isinstance(audition, Audition)
        return audition

    async def close(self) -> None:
        self._waiting.put_nowait(None)


class Screen:
    """The running app with its pilot, its engine, and what can be read off it."""

    def __init__(self, app: WorkbenchApp, pilot: Pilot[None], engine: Script) -> None:
        self.app, self.pilot, self.engine, self.main = app, pilot, engine, app.main

    async def settle(self) -> None:
        """Wait until what was told is drawn."""
        for _ in range(200):
            await self.pilot.pause(0.01)
            if self.engine._waiting.empty() and not self.app._draw_waits:
                break
        await self._stand_still()

    async def _stand_still(self) -> None:
        """Wait until a picture equals the one before: a scroll bar that comes makes a pane lay out once more."""
        before = ""
        while before != (before := self.text):
            await self.pilot.pause(0.05)

    async def tell(self, *events: Event) -> None:
        self.engine.tell(*events)
        await self.pilot.pause(0.01)
        await self.settle()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    @property
    def grid(self) -> list[str]:
        """The cells of the top screen, one text per line."""
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.grid)

    @property
    def tap(self) -> str:
        """The tap under the cursor."""
        line = self.main.table.current
        return line.key if line else ""

    @property
    def taps(self) -> list[str]:
        return [line.key for line in self.main.table.lines]

    @property
    def toasts(self) -> list[str]:
        return [toast.message for toast in self.app._notifications]


class Open(Protocol):
    def __call__(
        self, scene: str | list[Event], size: tuple[int, int] = WIDE
    ) -> AbstractAsyncContextManager[Screen]: ...

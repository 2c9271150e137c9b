"""Runs an engine beside the app and hands its events on."""

import asyncio
import time
from collections.abc import Callable

from workbench.model.errors import WorkbenchError
from workbench.model.events import Broken, Event
from workbench.tui.engine import Engine

SLICE = 0.004
"""Seconds that waiting events may take before keys get their turn."""


class Feed:
    """One engine's run; `broken` is whether it ended with something that the user has to read."""

    def __init__(self, engine: Engine, take: Callable[[Event], None]) -> None:
        self.broken = self.ended = False
        self._engine = engine
        self._take = take

    async def run(self) -> None:
        """Run the engine to its end and close it, whatever ends first."""
        driving = asyncio.create_task(self._drive())  # begins once the subscription waits, so that nothing is missed
        try:
            await self._follow()
            await driving
        except WorkbenchError as error:
            self.broken = True
            self._take(Broken(text=str(error)))
        finally:
            self.ended = True
            driving.cancel()
            await asyncio.gather(driving, return_exceptions=True)

    async def _drive(self) -> None:
        try:
            await self._engine.watch()
        finally:
            await self._engine.close()

    async def _follow(self) -> None:
        turn = time.monotonic()
        async for event in self._engine.subscribe():
            self._take(event)
            if time.monotonic() - turn > SLICE:
                await asyncio.sleep(0)
                turn = time.monotonic()

"""What is asked about the rows of the last check; a save, a key or another check ends it."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from workbench.engine.inquiry import Inquirer
from workbench.engine.summary import first_divergence
from workbench.engine.tasks import end, sentence
from workbench.engine.wiring import Wiring
from workbench.model import events as ev
from workbench.model.build import Build
from workbench.model.cause import Explanation
from workbench.model.row import Row

Key = tuple[str, str, str]


class Questions:
    """The rows of one check, and the questions about them that run; those of a new check make it new.

    `idle` says whether nothing is about to replace the rows.
    """

    def __init__(
        self, wiring: Wiring, build: Build, generation: int, emit: Callable[[ev.Event], None], idle: Callable[[], bool]
    ) -> None:
        self._wiring, self._build, self._generation, self._emit, self._idle = wiring, build, generation, emit, idle
        self.rows: dict[Key, Row] = {}
        self.explaining: asyncio.Task[None] | None = None
        self._exporting: asyncio.Task[None] | None = None
        self._explained: dict[Key, Explanation] = {}
        self._first: Key | None = None

    @property
    def inquirer(self) -> Inquirer:
        """What answers questions about this check's rows."""
        return Inquirer(self._wiring.checker, self._build, self._wiring.places, self._generation, self._take)

    async def stage_judged(self, rows: list[Row]) -> None:
        """Look for the cause of the first divergence that there is, while other stages run."""
        first = first_divergence(rows)
        if first and not self._first:
            await self.explain_first(first)

    async def explain_first(self, first: Row) -> None:
        """Look for the cause of the check's first divergence, unless that is what was looked for."""
        if first.local and first.key != self._first and self._idle():
            self._first = first.key
            await end(self.explaining)
            places = self._wiring.places
            explaining = self._wiring.checker.explain(self._build, first, places, self._generation, self._take)
            self.explaining = asyncio.create_task(self._noticed(explaining))

    async def inquire(self, row: Row) -> None:
        """Look for the cause of one row, and for what mending it would leave."""
        await end(self.explaining)
        inquiring = self.inquirer.inquire(row, list(self.rows.values()), None)
        self.explaining = asyncio.create_task(self._noticed(inquiring))

    async def export(self, row: Row, folder: Path) -> None:
        """Write a reproduction to a folder of its own below another."""
        await end(self._exporting)
        name = "-".join((row.stage, row.input, row.name, str(self._build.number))).replace("/", "_")
        exporting = self.inquirer.export(row, self._explained.get(row.key), folder / name)
        self._exporting = asyncio.create_task(self._noticed(exporting))

    async def end(self) -> None:
        """End all of them."""
        await end(self.explaining)
        await end(self._exporting)

    def _take(self, event: ev.Event) -> None:
        if isinstance(event, ev.Explained):
            self._explained[event.row.key] = event.explanation
        self._emit(event)

    async def _noticed(self, doing: Coroutine[Any, Any, Any]) -> None:
        """Do what the check does not depend on: whatever goes wrong there is a notice."""
        try:
            await doing
        except Exception as error:
            self._emit(ev.Notice(generation=self._generation, text=sentence(error), level="warning"))

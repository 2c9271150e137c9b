"""One failing row, asked about: its cause, what else to mend, and its tensors in a folder."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from workbench.engine.checker import Checker
from workbench.engine.places import Places
from workbench.model.build import Build
from workbench.model.cause import Explanation, WhatIf
from workbench.model.events import Event, Exported, Ranked
from workbench.model.row import Row
from workbench.model.verdict import Verdict


@dataclass(frozen=True)
class Inquiry:
    """A row with what is known of it; without a row, nothing fails."""

    row: Row | None
    explanation: Explanation | None = None
    what_if: tuple[WhatIf, ...] = ()


@dataclass(frozen=True)
class Inquirer:
    """Asks about rows of one check; what is found is emitted as well."""

    checker: Checker
    build: Build
    places: Places
    generation: int
    emit: Callable[[Event], None]

    async def inquire(self, row: Row | None, rows: Collection[Row], folder: Path | None) -> Inquiry:
        """Return what is known of a row; with a `folder`, also write its tensors there. Raises WorkbenchError."""
        if row is None or row.verdict is not Verdict.FAIL:
            return Inquiry(row)
        explanation = await self._explanation(row)
        ranked = await self.checker.what_if(self.build, row, rows)
        if ranked:
            self.emit(Ranked(generation=self.generation, stage=row.stage, input=row.input, what_if=ranked))
        if folder:
            await self.export(row, explanation, folder)
        return Inquiry(row, explanation, ranked)

    async def export(self, row: Row, explanation: Explanation | None, folder: Path) -> None:
        """Write a row's tensors to a new folder. Raises WorkbenchError."""
        await self.checker.export(self.build, row, explanation, folder)
        self.emit(Exported(generation=self.generation, row=row, folder=str(folder)))

    async def _explanation(self, row: Row) -> Explanation | None:
        """Return the cause of a row's own error; None where it has none that could be measured."""
        if row.local is None:
            return None
        return await self.checker.explain(self.build, row, self.places, self.generation, self.emit)

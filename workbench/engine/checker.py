"""One check: a build run on the captures of the selected stages, judged row by row."""

import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path

from workbench.compare.changes import Before, following
from workbench.engine.capture_files import Capture
from workbench.engine.captures import Captures
from workbench.engine.chain import ChainCheck
from workbench.engine.context import Context, Past
from workbench.engine.explaining import Explainer
from workbench.engine.exporting import export
from workbench.engine.figures import Figures
from workbench.engine.parts import Seen
from workbench.engine.places import Places
from workbench.engine.port import Port
from workbench.engine.rejudging import last_build, rejudge
from workbench.engine.running import Runner
from workbench.engine.stage_check import StageCheck
from workbench.engine.suite_check import SuiteCheck
from workbench.engine.summary import Ended, summary
from workbench.engine.what_if import what_if
from workbench.history.store import History
from workbench.model.build import Build
from workbench.model.cause import Explanation, WhatIf
from workbench.model.events import CheckDone, CheckStarted, Event, Notice, Progress
from workbench.model.row import Row
from workbench.native.client import NativeWorker
from workbench.session.load import Loaded
from workbench.session.taps import require_taps

Judged = Callable[[list[Row]], Awaitable[None]]


class Checker:
    """Runs checks one after the other and remembers the last one, so that a row can say what a save did to it."""

    def __init__(
        self, loaded: Loaded, captures: Captures, native: NativeWorker, history: History, runner: Runner
    ) -> None:
        self._loaded, self._captures, self._native, self._history = loaded, captures, native, history
        self._runner = runner
        self._past: Past | None = None
        self._seen: dict[str, Seen] = {}
        self.chained: dict[str, Capture] = {}
        """The captures that the last chain went by."""

    def past(self) -> Past:
        """Return what every row was before, from the history at first."""
        if self._past is None:
            latest = self._history.latest()
            self._past = {key: Before(verdict, times[-1], times) for key, (verdict, times) in latest.items()}
        return self._past

    async def check(
        self, context: Context, stages: list[str], judged: Judged, outputs: Path | None = None
    ) -> CheckDone:
        """Check the stages on all their inputs, those that the edited files reach first, then run the project's own
        tests among them; return the last event.

        `judged` is told of each stage's rows as soon as they stand, while there are more to come. With a folder for the
        port's outputs the session's chain is run after them.
        """
        started = time.monotonic()
        generation, emit = context.generation, context.emit
        emit(CheckStarted(generation=generation, build=context.build, stages=tuple(stages)))
        ended: list[Ended] = []
        for number, stage in enumerate(self._nearest_first(stages, context)):
            emit(Progress(generation=generation, task="check", label=stage, done=number, total=len(stages)))
            of_stage = await self._check(context, stage).run()
            ended += of_stage
            if number + 1 < len(stages):
                await judged([row for each in of_stage for row in each.rows])
        # The first divergence goes by the graph's order, not by the order of the edit.
        ended.sort(key=lambda each: stages.index(each.done.stage))
        if outputs and (chain := self._loaded.session.chain):
            linked = ChainCheck(context, chain, partial(self.port, context.build), outputs)
            ended += await linked.run()
            self.chained = linked.captures
        done = summary(context, ended, time.monotonic() - started)
        emit(done)
        self._remember(context, done, ended)
        return done

    async def judge(self, context_of: Callable[[Build], Context], stages: list[str]) -> CheckDone:
        """Judge what the last check left of the stages; the last event is the CheckDone that is returned.

        Raises WorkbenchError where it left nothing.
        """
        started = time.monotonic()
        declared = self._loaded.session.stages
        stages = [name for name in stages if name in declared]
        context = context_of(await last_build(self._captures, {name: declared[name].inputs for name in stages}))
        context.emit(CheckStarted(generation=context.generation, build=context.build, stages=tuple(stages)))
        ended = [each for stage in stages for each in await rejudge(self._stage(context, stage))]
        done = summary(context, ended, time.monotonic() - started)
        context.emit(done)
        return done

    async def explain(
        self, build: Build, row: Row, places: Places, generation: int, emit: Callable[[Event], None]
    ) -> Explanation:
        """Look for the cause of a row that fails by its own error; raises WorkbenchError."""
        explainer = Explainer(self.port(build, row.stage), places, generation, emit)
        return await explainer.explain(row, self._part(row))

    async def what_if(self, build: Build, row: Row, rows: Iterable[Row]) -> tuple[WhatIf, ...]:
        """Say of the rows beside `row` that fail what would be left if each alone were exact; raises WorkbenchError."""
        beside = [each for each in rows if (each.stage, each.input) == (row.stage, row.input)]
        capture = await self._captures.ensure(row.stage, row.input)
        return await what_if(self.port(build, row.stage), capture, beside)

    async def export(self, build: Build, row: Row, explanation: Explanation | None, folder: Path) -> None:
        """Write what a row was judged by to a new folder; raises WorkbenchError."""
        capture = await self._captures.ensure(row.stage, row.input)
        await export(self.port(build, row.stage), row, self._part(row), capture, explanation, folder)

    def port(self, build: Build, stage: str) -> Port:
        """Return a build's side of a stage."""
        session = self._loaded.session
        return Port(
            build, session.native, self._loaded.port, stage, session.stages[stage], session.elsewhere(stage),
            session.shares_weights(stage), self._captures, self._native,
        )  # fmt: skip

    def _nearest_first(self, stages: list[str], context: Context) -> list[str]:
        nowhere, tests = Seen(), self._loaded.session.tests

        def distance(stage: str) -> tuple[bool, float]:
            return stage in tests, self._seen.get(stage, nowhere).distance(context.edits.lines)

        return sorted(stages, key=distance)

    def _part(self, row: Row) -> str:
        return self._seen.setdefault(row.stage, Seen()).part_of(row.name)

    def _check(self, context: Context, name: str) -> StageCheck | SuiteCheck:
        if config := self._loaded.session.tests.get(name):
            return SuiteCheck(context, name, config, self._runner, Figures(self._history))
        return self._stage(context, name)

    def _stage(self, context: Context, stage: str) -> StageCheck:
        seen = self._seen.setdefault(stage, Seen())
        return StageCheck(context, self.port(context.build, stage), seen, partial(require_taps, self._loaded, stage))

    def _remember(self, context: Context, done: CheckDone, ended: list[Ended]) -> None:
        rows = [row for each in ended for row in each.rows]
        for row in rows:
            self.past()[row.key] = following(self.past().get(row.key), row, done.build.id)
        try:
            self._history.append(done.build.id, done.build.number, done.at, done.verdict, rows)
        except sqlite3.Error as error:
            text = f"this check is not kept in the history: {error}"
            context.emit(Notice(generation=done.generation, level="warning", text=text))

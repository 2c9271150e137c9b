"""One check: a build run on the captures of the selected stages, judged row by row."""

import sqlite3
import time
from contextlib import aclosing

from workbench.compare.changes import Before
from workbench.engine.capture_files import Capture, set_digest
from workbench.engine.captures import Captures
from workbench.engine.context import Context, Past
from workbench.engine.stage_run import StageRun
from workbench.engine.summary import Ended, summary
from workbench.history.store import History
from workbench.model.errors import WorkbenchError
from workbench.model.events import CheckDone, CheckStarted, Notice, Progress, StageDone, StageStarted
from workbench.model.verdict import Verdict
from workbench.native.client import NativeWorker
from workbench.native.protocol import Request
from workbench.session.load import Loaded

GIB = 1 << 30
"""Bytes in the unit of `memory_limit`."""


class Checker:
    """Runs checks one after the other and remembers the last one, so that a row can say what a save did to it."""

    def __init__(self, loaded: Loaded, captures: Captures, native: NativeWorker, history: History) -> None:
        self._loaded, self._captures, self._native, self._history = loaded, captures, native, history
        self._past: Past | None = None

    def past(self) -> Past:
        """Return what every row was before, from the history at first."""
        if self._past is None:
            latest = self._history.latest()
            self._past = {key: Before(verdict, times[-1], times) for key, (verdict, times) in latest.items()}
        return self._past

    async def check(self, context: Context, stages: list[str]) -> CheckDone:
        """Check the stages in order on all their inputs; the last event is the CheckDone that is returned.

        A capture that cannot be made is the failure of its stage, not of the check.
        """
        started = time.monotonic()
        generation, emit = context.generation, context.emit
        emit(CheckStarted(generation=generation, build=context.build, stages=tuple(stages)))
        pairs = [(stage, name) for stage in stages for name in self._loaded.session.stages[stage].inputs]
        ended: list[Ended] = []
        for number, (stage, name) in enumerate(pairs):
            label = f"{stage} on {name}"
            emit(Progress(generation=generation, task="check", label=label, done=number, total=len(pairs)))
            ended.append(await self._stage(context, stage, name))
        done = summary(context, ended, time.monotonic() - started)
        self._remember(context, done, ended)
        emit(done)
        return done

    async def _stage(self, context: Context, stage: str, name: str) -> Ended:
        started = time.monotonic()
        try:
            run = await self._run(context, await self._captures.ensure(stage, name))
            verdict, reason, stderr, rows = run.verdict, run.reason, run.stderr, run.rows
        except WorkbenchError as error:
            verdict, reason, stderr, rows = Verdict.FAIL, str(error), "", []
        done = StageDone(
            generation=context.generation, stage=stage, input=name, verdict=verdict, reason=reason, stderr=stderr,
            seconds=time.monotonic() - started,
        )  # fmt: skip
        context.emit(done)
        return Ended(done, rows)

    async def _run(self, context: Context, capture: Capture) -> StageRun:
        """Run the stage; where the port's taps are not those that R64′ was made for, make it and run once more."""
        stage, name = capture.manifest.stage, capture.manifest.input
        expected = len(capture.manifest.taps)
        context.emit(StageStarted(generation=context.generation, stage=stage, input=name, rows=expected))
        digest = capture.newest_injected()
        run = StageRun(self._loaded.session.stages[stage], capture, digest, context)
        await self._drive(run, await self._request(context, capture, digest, only_injected=False))
        wanted = run.injectable()
        if run.completed and wanted and set_digest(wanted) != digest:
            digest = await self._captures.inject(capture, wanted)
            run.table.use_injected(digest)
            await self._drive(run, await self._request(context, capture, digest, only_injected=True))
        run.conclude()
        return run

    async def _drive(self, run: StageRun, request: Request) -> None:
        limit = self._loaded.session.stages[request.stage].time_limit
        async with aclosing(self._native.run(request, limit)) as messages:
            async for message in messages:
                run.take(message)

    async def _request(self, context: Context, capture: Capture, digest: str, only_injected: bool) -> Request:
        stage = self._loaded.session.stages[capture.manifest.stage]
        weights = await self._captures.weights(capture.manifest.stage)
        return Request(
            artifact=context.build.artifact, module=self._loaded.session.native.module, stage=capture.manifest.stage,
            capture=str(capture.folder), weights=tuple(map(str, weights)), config=self._captures.config_text,
            injected=digest, runs=("injected",) if only_injected else ("injected", "free") if digest else ("free",),
            prefix=stage.prefix, map=stage.map, memory_limit=int(stage.memory_limit * GIB),
        )  # fmt: skip

    def _remember(self, context: Context, done: CheckDone, ended: list[Ended]) -> None:
        rows = [row for each in ended for row in each.rows]
        for row in rows:
            self.past()[row.key] = Before(row.verdict, row.times, row.history)
        try:
            self._history.append(done.build.id, done.build.number, done.at, done.verdict, rows)
        except sqlite3.Error as error:
            text = f"this check is not kept in the history: {error}"
            context.emit(Notice(generation=done.generation, level="warning", text=text))

"""One of the project's own tests as a stage of a check."""

import time
from dataclasses import dataclass

import msgspec

from workbench.build.made import NotMade
from workbench.compare.changes import change
from workbench.engine.context import Context
from workbench.engine.figures import Figures
from workbench.engine.running import Ran, Runner
from workbench.engine.summary import Ended
from workbench.model.errors import WorkbenchError
from workbench.model.events import Notice, RowReady, StageDone, StageStarted
from workbench.model.row import Change, Row, Source
from workbench.model.session import Command
from workbench.model.verdict import Verdict, worst
from workbench.suites import cargo_test, told
from workbench.suites.result import Foreign, Result

INPUT = "build"
"""What a test runs on, where a stage has the name of an input."""

PRINTED = 4000
"""Characters that are kept of what a failed run printed."""

_VERDICTS = {"passed": Verdict.PASS, "failed": Verdict.FAIL, "skipped": Verdict.UNCHECKED}
_CHANGES = (Change.NEW, Change.FIXED, Change.BROKEN)


@dataclass
class SuiteCheck:
    """Runs one entry of `[tests]`; every test is a row."""

    context: Context
    name: str
    config: Command
    runner: Runner
    figures: Figures

    async def run(self) -> list[Ended]:
        """Return what it came to; what cannot be started is its own failure, not the check's."""
        started = time.monotonic()
        context, generation = self.context, self.context.generation
        context.emit(StageStarted(generation=generation, stage=self.name, input=INPUT))
        results, reason, stderr = await self._run()
        rows = [self._row(number, result) for number, result in enumerate(results)]
        for row in rows:
            context.emit(RowReady(generation=generation, row=row))
        verdict = Verdict.FAIL if reason else worst([row.verdict for row in rows])
        done = StageDone(
            generation=generation, stage=self.name, input=INPUT, verdict=verdict, reason=reason, stderr=stderr,
            seconds=time.monotonic() - started,
        )  # fmt: skip
        context.emit(done)
        return [Ended(done, rows)]

    async def _run(self) -> tuple[list[Result], str, str]:
        """Return the tests, what is wrong with the run as a whole, and then what it printed."""
        try:
            with self.runner.scratch() as scratch:
                ran = await self.runner.run(self.config, self.context.build, scratch)
                results, reason = self._results(ran)
        except (WorkbenchError, NotMade) as error:
            return [], str(error), ""
        return results, reason, ran.text[-PRINTED:] if reason else ""

    def _results(self, ran: Ran) -> tuple[list[Result], str]:
        """Return the tests, and what is wrong with the run as a whole."""
        if ran.status is None:
            return [], f"no end within {self.config.time_limit:g} s, stopped; a time limit is `time_limit`"
        if self.config.pytest:
            return _of_pytest(ran)
        if self.config.cargo:
            results = cargo_test.read(ran.lines)
            return results, "" if results else f"no test ran: {ran.last}"
        return [self._of_command(ran)], ""

    def _of_command(self, ran: Ran) -> Result:
        if ran.status:
            return Result(self.name, "failed", f"ended with status {ran.status}: {ran.last}")
        if not self.config.figure:
            return Result(self.name, "passed")
        figure = self.figures.of(self.config, self.name, self.context.build, ran)
        if figure is None:
            return Result(self.name, "failed", f"`{self.config.figure}` finds no figure in what it printed")
        return Result(self.name, "passed", figure.line)

    def _row(self, number: int, result: Result) -> Row:
        row = Row(
            stage=self.name, input=INPUT, name=result.name, order=number, kind="test", dtype="", shape=(),
            verdict=_VERDICTS[result.outcome], reason=_reason(result),
            source=Source(self.context.places.shown(result.file), last=result.line) if result.line else None,
        )  # fmt: skip
        before = self.context.before(row)
        if before and before.verdict is Verdict.FAIL and row.verdict is Verdict.PASS and result.expected is not None:
            text = f"{result.name} begins to pass: its mark xfail ({result.expected}) can go"
            self.context.emit(Notice(generation=self.context.generation, text=text))
        changed = change(before, row)
        # A test is right or wrong: it cannot get better.
        return msgspec.structs.replace(row, change=changed if changed in _CHANGES else Change.NONE)


def _reason(result: Result) -> str:
    if result.expected is None:
        return result.reason
    if result.outcome == "passed":
        return f"passes, though marked to fail: {result.expected}"
    return f"{result.reason} (marked to fail: {result.expected})"


def _of_pytest(ran: Ran) -> tuple[list[Result], str]:
    heard = list(told.read(ran.told))
    results = [each for each in heard if isinstance(each, Result)]
    copies = [each.copy for each in heard if isinstance(each, Foreign)]
    if copies:
        return results, f"the tests imported {copies[0]}, and not this build: remove that copy"
    if not results or ran.status not in (0, 1):
        return results, f"{told.ENDS.get(ran.status or 0, 'pytest did not run')}: {ran.last}"
    return results, ""

"""One stage of one check: all its inputs, in native children that load the stage once for several of them."""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from workbench.engine.captures import Captures
from workbench.engine.context import Context
from workbench.engine.parts import Seen
from workbench.engine.stage_run import StageRun
from workbench.engine.summary import Ended
from workbench.model.errors import WorkbenchError
from workbench.model.events import StageDone
from workbench.model.session import Stage
from workbench.model.verdict import Verdict
from workbench.native.client import NativeWorker
from workbench.native.protocol import JobStarted, Loaded, Message, Request, RunName, TapCompared

GIB = 1 << 30
"""Bytes in the unit of `memory_limit`."""

LIGHT = GIB // 4
"""Bytes of weights up to which inputs run side by side, in children that each hold the weights."""


@dataclass
class StageCheck:
    """Runs one stage on its inputs; what each comes to is said as soon as it is known."""

    context: Context
    stage: str
    config: Stage
    module: str
    captures: Captures
    native: NativeWorker
    seen: Seen

    async def run(self) -> list[Ended]:
        """Return what every input came to, in the session's order.

        A capture that cannot be made is the failure of its input, not of the check. Captures that are there already
        do not wait for those that are still to be made.
        """
        ended: dict[str, Ended] = {}
        while waiting := [name for name in self.config.inputs if name not in ended]:
            try:
                await self.captures.ensure(self.stage, waiting[0])
                ended |= await self._batch(waiting)
            except WorkbenchError as error:
                ended[waiting[0]] = self._uncaptured(waiting[0], error)
        return [ended[name] for name in self.config.inputs]

    async def _batch(self, names: Sequence[str]) -> dict[str, Ended]:
        there = {name: await self.captures.present(self.stage, name) for name in names}
        runs = [StageRun(self.config, capture, self.context) for capture in there.values() if capture]
        runs.sort(key=lambda run: run.bytes)
        weights = await self.captures.weights(self.stage)
        await self._look(runs, weights)
        await asyncio.gather(*(self._lane(lane, weights) for lane in _lanes(runs, weights)))
        self._learn(runs)
        return {run.input: Ended(run.done, run.rows) for run in runs if run.done}

    async def _look(self, runs: list[StageRun], weights: list[Path]) -> None:
        """Run parts, so that a wrong layer is named before the whole stage has run; its own run follows anyway."""
        run = next((run for run in runs if run.digest), None)
        if run is None:
            return
        for part in self.seen.first_look(self.context.edits.lines):
            async with aclosing(self._messages([run], weights, part, ("injected",))) as messages:
                async for message in messages:
                    if isinstance(message, TapCompared):
                        run.take(message)

    async def _lane(self, runs: list[StageRun], weights: list[Path]) -> None:
        """Run one after the other; after a crash the rest goes on in a new child."""
        waiting = runs
        while waiting:
            waiting = await self._drive(waiting, weights)
        for run in runs:
            if run.wants_injection:
                await self._inject(run, weights)
            if not run.done:
                run.conclude()

    async def _drive(self, runs: list[StageRun], weights: list[Path]) -> list[StageRun]:
        """Run what one child can; return the runs that did not get their turn."""
        listening, waiting = runs, list(runs)
        async with aclosing(self._messages(runs, weights)) as messages:
            async for message in messages:
                if isinstance(message, Loaded):
                    self.seen.parts = message.parts
                if isinstance(message, JobStarted):
                    self._conclude_passed(listening if message.index else [])
                    listening = [waiting.pop(0)]
                    listening[0].start()
                for run in listening:
                    run.take(message)
        return [] if listening is runs else waiting

    def _conclude_passed(self, runs: list[StageRun]) -> None:
        for run in runs:
            if not run.wants_injection:
                run.conclude()

    async def _inject(self, run: StageRun, weights: list[Path]) -> None:
        """Where the port's taps are not those that R64′ was made for: make it and run once more."""
        try:
            run.use_injected(await self.captures.inject(run.capture, run.injectable))
        except WorkbenchError as error:
            return run.fail(str(error))
        async with aclosing(self._messages([run], weights, only=("injected",))) as messages:
            async for message in messages:
                run.take(message)

    def _messages(
        self, runs: list[StageRun], weights: list[Path], part: str = "", only: tuple[RunName, ...] = ()
    ) -> AsyncGenerator[Message]:
        stage = self.config
        request = Request(
            artifact=self.context.build.artifact, module=self.module, stage=self.stage, part=part,
            jobs=tuple(run.job(only) for run in runs), weights=tuple(map(str, weights)),
            config=self.captures.config_text, prefix=stage.prefix, map=stage.map,
            memory_limit=int(stage.memory_limit * GIB),
        )  # fmt: skip
        return self.native.run(request, stage.time_limit)

    def _learn(self, runs: list[StageRun]) -> None:
        """Remember what the next check's choice of parts goes by."""
        seen = self.seen
        seen.seconds = max([run.seconds for run in runs], default=0.0) or seen.seconds
        for run in runs:
            seen.files.update(run.files)
        seen.failed = frozenset(row.name for run in runs for row in run.rows if row.verdict is Verdict.FAIL)

    def _uncaptured(self, name: str, error: WorkbenchError) -> Ended:
        done = StageDone(
            generation=self.context.generation, stage=self.stage, input=name, verdict=Verdict.FAIL,
            reason=str(error), seconds=0.0,
        )  # fmt: skip
        self.context.emit(done)
        return Ended(done, [])


def _lanes(runs: list[StageRun], weights: list[Path]) -> list[list[StageRun]]:
    """Spread runs, which come smallest first, over as many children as there are processors and memory for."""
    light = sum(path.stat().st_size for path in weights) <= LIGHT
    lanes: list[list[StageRun]] = [[] for _ in range(min(os.cpu_count() or 1, len(runs)) if light else 1)]
    for run in reversed(runs):
        min(lanes, key=lambda lane: sum(run.bytes for run in lane)).insert(0, run)
    return [lane for lane in lanes if lane]

"""One stage of one check: all its inputs, in native children that load the stage once for several of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from workbench.engine.capture_files import Capture
from workbench.engine.captures import Captures
from workbench.engine.context import Context
from workbench.engine.lanes import Lane, Turn, lanes
from workbench.engine.parts import Seen
from workbench.engine.stage_run import StageRun
from workbench.engine.summary import Ended
from workbench.model.errors import WorkbenchError
from workbench.model.events import StageDone
from workbench.model.session import Stage
from workbench.model.verdict import Verdict
from workbench.native.client import NativeWorker
from workbench.native.protocol import JobStarted, Loaded, Message, Request, TapCompared

GIB = 1 << 30
"""Bytes in the unit of `memory_limit`."""


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
                capture = await self.captures.ensure(self.stage, waiting[0])
                others = [await self.captures.present(self.stage, name) for name in waiting[1:]]
                ended |= await self._batch([capture, *filter(None, others)])
            except WorkbenchError as error:
                ended[waiting[0]] = self._uncaptured(waiting[0], error)
        return [ended[name] for name in self.config.inputs]

    async def _batch(self, captures: Sequence[Capture]) -> dict[str, Ended]:
        runs = [StageRun(self.config, capture, self.context) for capture in captures]
        weights = await self.captures.weights(self.stage)
        await self._look(runs, weights)
        spread = lanes(runs, sum(path.stat().st_size for path in weights))
        open_turns = Counter(turn.run.input for lane in spread for turn in lane.turns)
        await asyncio.gather(*(self._lane(lane, weights, open_turns) for lane in spread))
        for run in runs:
            await self._inject(run, weights)
        self._learn(runs)
        return {run.input: Ended(run.done, run.rows) for run in runs if run.done}

    async def _look(self, runs: list[StageRun], weights: list[Path]) -> None:
        """Run parts, so that a wrong layer is named before the whole stage has run; its own run follows anyway."""
        able = [run for run in runs if run.digest]
        for part in self.seen.first_look(self.context.edits.lines) if able else ():
            turn = Turn(min(able, key=lambda run: run.bytes), ("injected",))
            async with aclosing(self._messages(Lane([turn]), weights, part)) as messages:
                async for message in messages:
                    if isinstance(message, TapCompared):
                        turn.run.take(message)

    async def _lane(self, lane: Lane, weights: list[Path], open_turns: Counter[str]) -> None:
        """Take one turn after the other; after a crash the rest goes on in a new child."""
        waiting = lane.turns
        while waiting:
            began = await self._drive(Lane(waiting, lane.threads), weights, open_turns)
            waiting = waiting[began:] if began else []

    async def _drive(self, lane: Lane, weights: list[Path], open_turns: Counter[str]) -> int:
        """Do what one child can; return how many turns began, none where the stage does not load."""
        began = 0
        listening = lane.turns
        async with aclosing(self._messages(lane, weights)) as messages:
            async for message in messages:
                if isinstance(message, Loaded):
                    self.seen.parts = message.parts
                if isinstance(message, JobStarted):
                    self._end(listening if began else [], open_turns)
                    listening = lane.turns[began : began + 1]
                    began += 1
                    listening[0].run.start()
                for turn in listening:
                    turn.run.take(message)
        self._end(listening, open_turns)
        return began

    def _end(self, turns: Sequence[Turn], open_turns: Counter[str]) -> None:
        """Say what a run came to once its last turn is over, unless it needs another capture."""
        for turn in turns:
            open_turns[turn.run.input] -= 1
            if not open_turns[turn.run.input] and not turn.run.wants_injection:
                turn.run.conclude()

    async def _inject(self, run: StageRun, weights: list[Path]) -> None:
        """Where the port's taps are not those that R64′ was made for: make it, and run once more."""
        if not run.wants_injection:
            return
        try:
            run.use_injected(await self.captures.inject(run.capture, run.injectable))
            async with aclosing(self._messages(Lane([Turn(run, ("injected",))]), weights)) as messages:
                async for message in messages:
                    run.take(message)
        except WorkbenchError as error:
            run.fail(str(error))
        run.conclude()

    def _messages(self, lane: Lane, weights: list[Path], part: str = "") -> AsyncGenerator[Message]:
        stage = self.config
        request = Request(
            artifact=self.context.build.artifact, module=self.module, stage=self.stage, part=part,
            jobs=tuple(turn.job for turn in lane.turns), weights=tuple(map(str, weights)),
            config=self.captures.config_text, prefix=stage.prefix, map=stage.map,
            memory_limit=int(stage.memory_limit * GIB), threads=lane.threads,
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

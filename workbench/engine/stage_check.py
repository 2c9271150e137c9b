"""One stage of one check: all its inputs, in native children that load the stage once for several of them."""

from collections import Counter
from collections.abc import Callable, Sequence, Set
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from workbench.compare.preflight import findings
from workbench.engine import results
from workbench.engine.capture_files import Capture
from workbench.engine.context import Context
from workbench.engine.lanes import Turn, spread, threads
from workbench.engine.moved import remember, since_last_check
from workbench.engine.parts import Seen
from workbench.engine.port import Port
from workbench.engine.preflight import facts, floor_findings, setting_findings
from workbench.engine.stage_run import StageRun
from workbench.engine.summary import Ended
from workbench.model.draws import sources
from workbench.model.errors import WorkbenchError
from workbench.model.events import Preflight, StageDone
from workbench.model.verdict import Verdict
from workbench.native.protocol import (
    Exited,
    JobGoesOn,
    JobStarted,
    LaneExited,
    Loaded,
    TapCompared,
)
from workbench.session.taps import Shapes


@dataclass
class StageCheck:
    """Runs one stage on its inputs; what each comes to is said as soon as it is known."""

    context: Context
    port: Port
    seen: Seen
    require_taps: Callable[[Shapes, Set[str], Set[str]], None]
    preflight: Preflight | None = None
    moved: tuple[str, ...] = ()

    async def run(self) -> list[Ended]:
        """Return what every input came to, in the session's order.

        A capture that cannot be made is the failure of its input, not of the check. Captures that are there already
        do not wait for those that are still to be made.
        """
        ended: dict[str, Ended] = {}
        while waiting := [name for name in self.port.config.inputs if name not in ended]:
            try:
                capture = await self.port.captures.ensure(self.port.stage, waiting[0])
                others = [await self.port.captures.present(self.port.stage, name) for name in waiting[1:]]
                ended |= await self._batch([capture, *filter(None, others)])
            except WorkbenchError as error:
                ended[waiting[0]] = self._uncaptured(waiting[0], error)
        return [ended[name] for name in self.port.config.inputs]

    async def _batch(self, captures: Sequence[Capture]) -> dict[str, Ended]:
        self.require(captures)
        runs = [StageRun(self.port.config, capture, self.context) for capture in captures]
        self._say_moved(captures)
        await self._look(runs)
        turns = spread(runs)
        open_turns = Counter(turn.run.input for turn in turns)
        # After a crash, what had not begun goes on in a new child.
        while turns:
            turns = await self._drive(turns, open_turns)
        for run in runs:
            await self._inject(run)
        self._learn(runs)
        for run in runs:
            remember(run.capture)
            results.keep(run.capture, self.context.build, run.digest, run.messages)
        return {run.input: Ended(run.done, run.rows) for run in runs if run.done}

    def require(self, captures: Sequence[Capture]) -> None:
        """Raise WorkbenchError where the session declares something of a tap or a draw that no capture has."""
        manifests = [capture.manifest for capture in captures]
        taps = {tap.name: tap.shape for manifest in manifests for tap in manifest.taps}
        inputs = {each.name for manifest in manifests for each in manifest.inputs}
        self.require_taps(taps, inputs, {name for manifest in manifests for name in sources(manifest.draws)})

    def _say_moved(self, captures: Sequence[Capture]) -> None:
        """Say what of the reference moved, unless a batch before this one said as much."""
        moved = since_last_check(captures, self.context.generation)
        if moved and not {*moved.what} <= {*self.moved}:
            self.moved = moved.what
            self.context.emit(moved)

    async def _look(self, runs: list[StageRun]) -> None:
        """Run parts, so that a wrong layer is named before the whole stage has run; its own run follows anyway."""
        able = [run for run in runs if run.digest]
        for part in self.seen.first_look(self.context.edits.lines) if able else ():
            turn = Turn(min(able, key=lambda run: run.bytes), ("injected",))
            async with aclosing(self.port.run([turn.job], part, threads([turn]))) as messages:
                async for message in messages:
                    if isinstance(message, TapCompared):
                        turn.run.take(message)

    async def _drive(self, turns: list[Turn], open_turns: Counter[str]) -> list[Turn]:
        """Do what one child can; return the turns that it did not come to, none where the stage does not load."""
        current: dict[int, Turn] = {}
        waiting = list(turns)
        listening = turns
        async with aclosing(self.port.run([turn.job for turn in turns], threads=threads(turns))) as messages:
            async for message in messages:
                match message:
                    case JobStarted(index) | JobGoesOn(index):
                        listening = [turns[index]]
                    case Loaded():
                        self.seen.parts = message.parts
                        self.preflight_of(message, await self.port.captures.weights(self.port.stage), turns)
                    case Exited():
                        listening = list(current.values()) if len(waiting) < len(turns) else turns
                if isinstance(message, JobStarted):
                    self._begin(listening[0], current, waiting, open_turns)
                ended = message.exited if isinstance(message, LaneExited) else message
                for turn in listening:
                    turn.run.take(ended)
                if isinstance(message, LaneExited | Exited):
                    self._end(listening, open_turns)
                    for turn in listening:
                        current.pop(turn.lane, None)
        return waiting if len(waiting) < len(turns) else []

    def preflight_of(self, loaded: Loaded, weights: list[Path], turns: Sequence[Turn]) -> None:
        """Hold the keys that the port read against the checkpoint; a build that cannot tell them says nothing."""
        runs = [turn.run for turn in turns]
        manifests = [run.capture.manifest for run in runs]
        port = self.port
        read = loaded.keys
        found = facts(port.config, port.elsewhere, port.shared, weights, manifests, read) if read else None
        for run in runs:
            run.table.partly_unread = self._by_reference_name(found.partly_unread) if found else {}
        settings = setting_findings(manifests[0].config, manifests) if manifests else ()
        said = (*(findings(found) if found else ()), *settings, *floor_findings(manifests))
        # A stage is loaded once per batch of captures, and mostly says the same each time.
        if self.preflight is None or self.preflight.findings != said:
            self.preflight = Preflight(generation=self.context.generation, stage=self.port.stage, findings=said)
            self.context.emit(self.preflight)

    def _by_reference_name(self, modules: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        return {self.port.config.map.get(name, name): parameters for name, parameters in modules.items()}

    def _begin(self, turn: Turn, current: dict[int, Turn], waiting: list[Turn], open_turns: Counter[str]) -> None:
        """Go on to the next turn of a lane, whose last one is over."""
        if turn.lane in current:
            self._end([current[turn.lane]], open_turns)
        current[turn.lane] = turn
        waiting.remove(turn)
        turn.run.start()

    def _end(self, turns: Sequence[Turn], open_turns: Counter[str]) -> None:
        """Say what a run came to once its last turn is over, unless it needs another capture."""
        for turn in turns:
            open_turns[turn.run.input] -= 1
            if not open_turns[turn.run.input] and not turn.run.wants_injection:
                turn.run.conclude()

    async def _inject(self, run: StageRun) -> None:
        """Where the port's taps are not those that R64′ was made for: make it, and run once more."""
        if not run.wants_injection:
            return
        try:
            run.use_injected(await self.port.captures.inject(run.capture, run.injectable))
            turn = Turn(run, ("injected",))
            async with aclosing(self.port.run([turn.job], threads=threads([turn]))) as messages:
                async for message in messages:
                    run.take(message)
        except WorkbenchError as error:
            run.fail(str(error))
        run.conclude()

    def _learn(self, runs: list[StageRun]) -> None:
        """Remember what the next check's choice of parts goes by."""
        seen = self.seen
        seen.seconds = max([run.seconds for run in runs], default=0.0) or seen.seconds
        for run in runs:
            seen.files.update(run.files)
        seen.failed = frozenset(row.name for run in runs for row in run.rows if row.verdict is Verdict.FAIL)

    def _uncaptured(self, name: str, error: WorkbenchError) -> Ended:
        done = StageDone(
            generation=self.context.generation, stage=self.port.stage, input=name, verdict=Verdict.FAIL,
            reason=str(error), seconds=0.0,
        )  # fmt: skip
        self.context.emit(done)
        return Ended(done, [])

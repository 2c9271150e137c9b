"""The chain of one check: the port runs from stage to stage on its own results, beside the reference on its own."""

from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from workbench.engine.capture_files import Capture
from workbench.engine.context import Context
from workbench.engine.feeds import feeds
from workbench.engine.port import Port
from workbench.engine.stage_run import StageRun
from workbench.engine.summary import Ended
from workbench.model.errors import WorkbenchError
from workbench.model.events import StageDone
from workbench.model.session import Chain, origin
from workbench.model.verdict import Verdict
from workbench.native.protocol import Job
from workbench.session.graph import links


@dataclass
class ChainCheck:
    """Runs a chain once; its rows have the accumulated column alone, from the chain's beginning on.

    `folder` gets the port's outputs, a safetensors file for each stage.
    """

    context: Context
    chain: Chain
    port: Callable[[str], Port]
    folder: Path
    captures: dict[str, Capture] = field(default_factory=dict)
    upstream: str = ""

    async def run(self) -> list[Ended]:
        """Return what every stage came to, in the chain's order; one that cannot run ends those that hang on it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("*.safetensors"):
            old.unlink()
        return [await self._stage(stage) for stage in links(self.chain)]

    async def _stage(self, stage: str) -> Ended:
        if missing := next(self._missing(stage), ""):
            return self._failed(stage, f"the chain ends at {missing}, whose outputs this stage takes")
        try:
            return await self._run(stage)
        except WorkbenchError as error:
            return self._failed(stage, str(error))

    async def _run(self, stage: str) -> Ended:
        port, taken = self.port(stage), self.chain.links[stage]
        capture = await port.captures.ensure(stage, self.chain.input, feeds(taken, self.captures))
        self.captures[stage] = capture
        run = StageRun(port.config, capture, self.context, self.upstream)
        job = Job(str(capture.folder), runs=("free",), fed=dict(self._fed(stage)), outputs_in=str(self._outputs(stage)))
        run.start()
        async with aclosing(port.run([job])) as messages:
            async for message in messages:
                run.take(message)
        run.conclude()
        assert run.done
        wrong = next((row.name for row in run.rows if row.verdict is Verdict.FAIL), "")
        self.upstream = self.upstream or (f"{stage} {wrong}" if wrong else "")
        return Ended(run.done, run.rows)

    def _fed(self, stage: str) -> Iterator[tuple[str, tuple[str, str]]]:
        for name, source in self.chain.links[stage].items():
            before, output = origin(source)
            yield name, (str(self._outputs(before)), output)

    def _missing(self, stage: str) -> Iterator[str]:
        """Yield the stages before this one that gave no outputs."""
        before = (origin(source)[0] for source in self.chain.links[stage].values())
        return (each for each in before if not self._outputs(each).exists())

    def _outputs(self, stage: str) -> Path:
        return self.folder / f"{stage}.safetensors"

    def _failed(self, stage: str, reason: str) -> Ended:
        done = StageDone(
            generation=self.context.generation, stage=stage, input=self.chain.input, verdict=Verdict.FAIL,
            reason=reason, seconds=0.0,
        )  # fmt: skip
        self.context.emit(done)
        return Ended(done, [])

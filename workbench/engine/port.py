"""The port of one stage, run for something else than a check."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from workbench.engine.asking import ask
from workbench.engine.capture_files import Capture
from workbench.engine.captures import Captures
from workbench.model.build import Build
from workbench.model.errors import Exit, WorkbenchError
from workbench.model.row import Row
from workbench.model.session import Stage
from workbench.native.client import NativeWorker
from workbench.native.protocol import Job, Message, RunName, StageFailed


@dataclass(frozen=True)
class Port:
    """One build's side of a stage."""

    build: Build
    module: str
    stage: str
    config: Stage
    captures: Captures
    native: NativeWorker

    async def run(self, jobs: Sequence[Job], part: str = "") -> AsyncGenerator[Message]:
        """Yield what the worker says of jobs, of the whole stage or of a part of it. Raises WorkbenchError."""
        weights = await self.captures.weights(self.stage)
        config = self.captures.config_text
        request = ask(self.build, self.module, self.stage, self.config, config, weights, jobs, part)
        async with aclosing(self.native.run(request, self.config.time_limit)) as messages:
            async for message in messages:
                yield message

    async def fetch(self, row: Row, part: str, capture: Capture, file: Path) -> None:
        """Keep the port's tensor of a row in a safetensors file: as the local column saw it, where there is one.

        Raises WorkbenchError where the port does not get as far as the tap any more.
        """
        digest = capture.newest_injected() if row.local else ""
        run: RunName = "injected" if digest else "free"
        job = Job(str(capture.folder), digest, (run,), keep=row.name, kept_in=str(file))
        async with aclosing(self.run([job], part if digest else "")) as messages:
            failed = [message.error async for message in messages if isinstance(message, StageFailed)]
        if not file.exists():
            reason = failed[0] if failed else "the port did not come to it"
            raise WorkbenchError(f"there is no tensor of `{row.name}` on {row.input}: {reason}", Exit.FAIL)

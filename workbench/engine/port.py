"""The port of one stage, as a check and whoever asks about a row run it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from workbench.engine.capture_files import Capture
from workbench.engine.captures import Captures
from workbench.model.build import Build
from workbench.model.errors import Exit, WorkbenchError
from workbench.model.row import Row
from workbench.model.session import Native, Stage
from workbench.native.client import NativeWorker
from workbench.native.protocol import Job, Message, Request, RunName, StageFailed

GIB = 1 << 30
"""Bytes in the unit of `memory_limit`."""


@dataclass(frozen=True)
class Port:
    """One build's side of a stage; `file` is the session's port.py, if it has one."""

    build: Build
    side: Native
    file: Path | None
    stage: str
    config: Stage
    elsewhere: tuple[str, ...]
    shared: bool
    captures: Captures
    native: NativeWorker

    async def run(self, jobs: Sequence[Job], part: str = "", threads: int = 0) -> AsyncGenerator[Message]:
        """Yield what the worker says of jobs, of the whole stage or of a part of it.

        `threads` bounds the port's thread pool, 0 leaves it alone. Raises WorkbenchError.
        """
        weights, config = await self.captures.weights(self.stage), self.config
        request = Request(
            artifact=self.build.artifact, suffixes=self.build.suffixes, runs=self.build.runs, site=self.build.site,
            module=self.side.module, arguments=self.side.arguments, environment=self.side.environment,
            port=str(self.file or ""), stage=self.stage, part=part,
            jobs=tuple(jobs), weights=tuple(map(str, weights)), config=self.captures.config_text(self.stage),
            prefix=config.prefix, map=config.map, margins=config.margins, layouts=config.layouts,
            draws=config.draws, invariants=config.invariants, sounds=config.sounds,
            memory_limit=int(config.memory_limit * GIB), threads=threads,
        )  # fmt: skip
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

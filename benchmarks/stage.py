"""One stage of the CosyVoice3 session in this process, as a native worker has it: without a sink and with one."""

import asyncio
import os
import socket
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workbench.engine.opening import home
from workbench.engine.wiring import Wiring
from workbench.native.artifact import load_artifact
from workbench.native.captures import Capture
from workbench.native.outbox import Outbox
from workbench.native.protocol import Job, Request, RunName
from workbench.native.sink import Sink
from workbench.native.stage import load_stage
from workbench.session.load import load

SESSION = Path(__file__).parents[1] / "sessions" / "cosyvoice3" / "session.toml"
STAGE = "flow.dit"
RUNS: tuple[RunName, ...] = ("free", "injected")


@dataclass
class Costs:
    """Seconds of every round, and how many layers one run calls."""

    bare: list[float] = field(default_factory=list)
    tapped: dict[RunName, list[float]] = field(default_factory=lambda: defaultdict(list))
    inside: dict[RunName, list[float]] = field(default_factory=lambda: defaultdict(list))
    layers: int = 0

    def share(self, run: RunName) -> float:
        """What the sink adds to the stage: the median over the rounds, each against its own run without a sink."""
        pairs = zip(self.tapped[run], self.bare, strict=True)
        return statistics.median(tapped / bare - 1 for tapped, bare in pairs)

    def inner_share(self, run: RunName) -> float:
        """What of the stage passes inside the sink."""
        return statistics.median(self.inside[run]) / statistics.median(self.bare)


def measure(size: str, input_name: str, rounds: int) -> Costs:
    """Run the stage without a sink, free and injected in turn. The captures must be there: `workbench check` once."""
    request = asyncio.run(_request(size, input_name))
    (job,) = request.jobs
    artifact = load_artifact(request.artifact, request.module, False, request.suffixes)
    stage, capture = load_stage(artifact, request), Capture(job.capture, job.injected, request.layouts)
    costs = Costs()
    with _client() as outbox:
        for _ in range(rounds + 1):
            begun = time.perf_counter()
            stage.run(capture.inputs(), None)
            costs.bare.append(time.perf_counter() - begun)
            for run in RUNS:
                with Sink(run, capture.expected(run), request.prefix, request.map, outbox) as sink:
                    begun = time.perf_counter()
                    with artifact.taps.installed(sink.receiver):
                        stage.run(capture.inputs(), sink)
                    costs.tapped[run].append(time.perf_counter() - begun)
                costs.inside[run].append(sink.seconds)
    # The first round meets cold caches.
    for column in (costs.bare, *costs.tapped.values(), *costs.inside.values()):
        del column[0]
    costs.layers = len(set(sink.names) - {tap.name for tap in capture.taps if tap.kind in ("tap", "output")})
    return costs


async def _request(size: str, input_name: str) -> Request:
    """Build the port and say how a worker would be asked to run it; raises WorkbenchError."""
    loaded = load(SESSION)
    wiring = Wiring.of(loaded, size, home(loaded), lambda event: None)
    try:
        build = await wiring.builder.build(0, lambda event: None)
        assert build is not None, "the port does not compile"
        capture = await wiring.captures.ensure(STAGE, input_name)
        weights = await wiring.captures.weights(STAGE)
    finally:
        await wiring.close()
    assert capture.newest_injected(), f"run `workbench check --size {size}` once"
    return Request(
        artifact=build.artifact, suffixes=build.suffixes, module=loaded.session.native.module, stage=STAGE,
        jobs=(Job(str(capture.folder), capture.newest_injected()),), weights=tuple(map(str, weights)),
        config=wiring.captures.config_text(STAGE), prefix=loaded.session.stages[STAGE].prefix,
    )  # fmt: skip


@contextmanager
def _client() -> Iterator[Outbox]:
    """An outbox whose other end another process reads and forgets."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{folder}/socket")
        listening.listen(1)
        if os.fork() == 0:
            connection, _ = listening.accept()
            while connection.recv(1 << 20):
                pass
            os._exit(0)
        yield Outbox(f"{folder}/socket")

"""Plants a fault in the running loop and notes what the workbench says of it, and when."""

import asyncio
import json
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from benchmarks.faults.chained import Failed, Run, failed
from benchmarks.faults.fault import Fault, Texts
from tests.loop.driving import Loop
from workbench.engine.home import home_of
from workbench.model import events as ev
from workbench.model.build import Build
from workbench.model.cause import Explanation
from workbench.model.row import Row
from workbench.model.verdict import Verdict

forks = get_context("forkserver")
forks.set_forkserver_preload(["benchmarks.faults.warm"])


@dataclass(frozen=True)
class Said:
    """What the workbench said of a fault: seconds are from the save.

    `explanation` is None where none was looked for or none ended in time; `causes` are those that were streamed, with
    their seconds. `seconds` are those to the complete table, `red` those to the first row that failed.
    """

    first: Row | None
    explanation: Explanation | None
    causes: tuple[ev.CauseFound, ...]
    begun: float
    red: float
    seconds: float
    peers: Failed = field(default_factory=dict)


async def plant(loop: Loop, workspace: Path, sources: Texts, fault: Fault, patience: float) -> Said:
    """Save the fault on top of `sources`, wait for the check and for at most `patience` seconds for the cause."""
    start, begun = len(loop.events), time.time()
    write(fault.applied(workspace, sources))
    done = await loop.checked(start)
    explained = await _explained(loop, start, patience) if done.first and done.first.local else None
    said = loop.events[start:]
    peers = await compared(loop, done.build, fault.stage, every=False)
    red = [event.at for event in said if isinstance(event, ev.RowReady) and event.row.verdict is Verdict.FAIL]
    causes = tuple(event for event in said if isinstance(event, ev.CauseFound))
    return Said(done.first, explained, causes, begun, (red or [done.at])[0] - begun, done.at - begun, peers)


async def compared(loop: Loop, build: Build, stage: str, every: bool) -> Failed:
    """Ask fixed thresholds about the same build, run on the same captures; a build that crashes says nothing."""
    loaded = loop.engine.loaded
    weights = await loop.engine._wiring.captures.weights(stage)
    config = json.dumps(loaded.stage_config(loop.engine.size, stage))
    manifests = (home_of(loaded.folder, "cosyvoice3").captures / "cosyvoice3" / loop.engine.size / stage).glob(
        "*/*/manifest.json"
    )
    captures = sorted(manifest.parent for manifest in manifests)
    prefix = loaded.session.stages[stage].prefix
    run = Run(build.artifact, stage, prefix, config, tuple(map(str, weights)), tuple(captures))
    with ProcessPoolExecutor(1, mp_context=forks) as pool:
        try:
            return await asyncio.wrap_future(pool.submit(failed, run, every))
        except (BrokenProcessPool, RuntimeError, ValueError):
            return {}


async def _explained(loop: Loop, start: int, patience: float) -> Explanation | None:
    def ended(event: ev.Event) -> bool:
        return isinstance(event, ev.Explained) or (isinstance(event, ev.Notice) and "cannot be explained" in event.text)

    try:
        event = await asyncio.wait_for(loop.until(ended, start), patience)
    except TimeoutError:
        return None
    return event.explanation if isinstance(event, ev.Explained) else None


def write(texts: Texts) -> None:
    """Save the files that differ from what is on disk, all of them at once for the watcher."""
    for path, text in texts.items():
        if path.read_text() != text:
            path.write_text(text)

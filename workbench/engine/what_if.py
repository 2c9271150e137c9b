"""What the stage's end would look like if one of the rows that fail were mended."""

import tempfile
from collections.abc import Collection
from contextlib import aclosing
from pathlib import Path

from workbench.compare.floor import in_floors
from workbench.compare.judge import within
from workbench.engine.capture_files import Capture
from workbench.engine.mended import mended
from workbench.engine.port import Port
from workbench.model.cause import WhatIf
from workbench.model.row import Row
from workbench.native.protocol import Job, JobStarted, TapCompared

MOST = 10
"""Rows that are tried, each in runs of its own: those with the largest local errors."""


async def what_if(port: Port, capture: Capture, rows: Collection[Row]) -> tuple[WhatIf, ...]:
    """Return for the rows of a stage on one input that fail by themselves what would be left, the best first.

    The port runs free but for one tap, where its own error is taken away and what it inherits stays; of the stage's
    outputs the one that is then worst speaks. A run that ends early has no entry. Raises WorkbenchError.
    """
    failing = [row for row in rows if row.kind != "output" and not within(row.local, port.config.factor_of(row.name))]
    tried = sorted(failing, key=lambda row: -row.local.times_rms if row.local else 0.0)[:MOST]
    now = {row.name: row.accumulated.times_rms for row in rows if row.kind == "output" and row.accumulated}
    if not tried or not now:
        return ()
    with tempfile.TemporaryDirectory(prefix="workbench-mended-") as folder:
        files = await mended(port, capture, [row.name for row in tried], Path(folder))
        left = await _left(port, capture, [_job(capture, row.name, files.get(row.name)) for row in tried])
    found = [_what_if(row, now, left[index]) for index, row in enumerate(tried) if left.get(index)]
    return tuple(sorted(found, key=lambda each: each.then))


def _job(capture: Capture, tap: str, file: Path | None) -> Job:
    """Return the run that goes on with a mended tensor; with the reference's where there is none."""
    if file is None:
        return Job(str(capture.folder), runs=("free",), only=(tap,))
    return Job(str(capture.folder), runs=("free",), put={tap: str(file)})


async def _left(port: Port, capture: Capture, jobs: list[Job]) -> dict[int, dict[str, float]]:
    """Return the rms error of every output, in × floor, by job."""
    left: dict[int, dict[str, float]] = {}
    current = 0
    async with aclosing(port.run(jobs)) as messages:
        async for message in messages:
            match message:
                case JobStarted(index):
                    current = index
                case TapCompared(kind="output", measured=measured) if measured and message.name in capture.noise:
                    noise = capture.noise[message.name].noise
                    error = in_floors(measured.rms, measured.max_abs, noise, message.dtype)
                    left.setdefault(current, {})[message.name] = error.times_rms
    return left


def _what_if(row: Row, now: dict[str, float], left: dict[str, float]) -> WhatIf:
    worst = max(left, key=lambda name: left[name])
    return WhatIf(tap=row.name, output=worst, now=now.get(worst, 0.0), then=left[worst])

"""How the runs of one stage are spread over native children."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.engine.stage_run import StageRun
from workbench.native.protocol import Job, RunName

LIGHT = 1 << 28
"""Bytes of weights up to which several children at once may each hold them."""


@dataclass(frozen=True)
class Turn:
    """What is run on one input without a break."""

    run: StageRun
    kinds: tuple[RunName, ...]

    @property
    def job(self) -> Job:
        """What the native worker is asked for."""
        return Job(str(self.run.capture.folder), self.run.digest, self.kinds)


@dataclass(frozen=True)
class Lane:
    """What one child does, the smallest first, with this many threads (0: as many as it likes)."""

    turns: list[Turn]
    threads: int = 0


def lanes(runs: Sequence[StageRun], weights: int) -> list[Lane]:
    """Spread the runs of a stage whose weights have this many bytes.

    Operations on small tensors are done sooner by one thread each, side by side, than by all threads one after the
    other; a stage with large weights has one child, which holds them once.
    """
    ordered = sorted(runs, key=lambda run: run.bytes)
    processors = os.cpu_count() or 1
    if weights > LIGHT or processors == 1:
        return [Lane([Turn(run, run.kinds) for run in ordered])] if ordered else []
    turns = [Turn(run, (kind,)) for run in ordered for kind in run.kinds]
    spread: list[list[Turn]] = [[] for _ in range(min(processors, len(turns)))]
    for turn in reversed(turns):
        min(spread, key=lambda lane: sum(turn.run.bytes for turn in lane)).insert(0, turn)
    return [Lane(lane, max(processors // len(spread), 1)) for lane in spread]

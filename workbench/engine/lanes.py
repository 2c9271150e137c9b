"""How the runs of one stage are spread over the processors."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.engine.stage_run import StageRun
from workbench.native.protocol import Job, RunName


@dataclass(frozen=True)
class Turn:
    """What is run on one input without a break, and in which lane."""

    run: StageRun
    kinds: tuple[RunName, ...]
    lane: int = 0

    @property
    def job(self) -> Job:
        """What the native worker is asked for."""
        kept = self.run.outputs_in if "free" in self.kinds else ""
        return Job(str(self.run.capture.folder), self.run.digest, self.kinds, self.lane, outputs_in=kept)


def spread(runs: Sequence[StageRun]) -> list[Turn]:
    """Return every run of a stage as a turn, the smallest first, in as many lanes as there are processors.

    Most operations of a port use one thread, so that turns side by side end sooner than one after the other on all.
    """
    turns = [Turn(run, (kind,)) for run in sorted(runs, key=lambda run: run.bytes) for kind in run.kinds]
    load = [0] * min(os.cpu_count() or 1, len(turns))
    placed: list[Turn] = []
    for turn in reversed(turns):
        lane = load.index(min(load))
        load[lane] += turn.run.bytes
        placed.insert(0, replace(turn, lane=lane))
    return placed


def threads(turns: Sequence[Turn]) -> int:
    """Return how many threads each lane may use."""
    return max((os.cpu_count() or 1) // len({turn.lane for turn in turns}), 1)

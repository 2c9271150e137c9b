"""The search: every change at every site, then what came near with a second one, until the port's tensor comes out."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import torch

from workbench.reference.explain.fit import solve
from workbench.reference.explain.outcome import Found, Outcome, same
from workbench.reference.explain.replay import Base, Replay
from workbench.reference.explain.score import PASSES, Port, Size
from workbench.reference.explain.trials import PAIR, Trial, Trials, Unknown
from workbench.reference.noise import rms_of
from workbench.reference.progress import Progress

NEAR = 4 * PASSES.rms
"""× floor in float32 at which a trial is worth a float64 run: the floor of a wrong model may be another."""
PROMISING = 1e-1
"""… or the share of the error that it leaves: where the port rounds, some of its elements go the other way."""
WORTH = 0.5
"""… and it has to leave at most this share of the error, and of the best error that was proven so far."""
BASES = 8
"""How many single changes are tried together with a second one."""
HELPFUL = 0.97
"""A base of a pair leaves at most this share of the error."""


class Search:
    """Looks for what makes `replay` give the port's tensor. `cancelled()` is asked between two trials."""

    def __init__(self, replay: Replay, port: Port, cancelled: Callable[[], bool], tell: Callable[[Found, int], None]):
        self._replay, self._port = replay, port
        self._cancelled, self._tell = cancelled, tell
        self.exact = replay.exact({})
        """The reference itself in float64."""
        before = port.error(self.exact)
        self._before = before or Size(float("inf"), float("inf"))
        self.outcome = Outcome(self._before.over(port.floor))
        self._best: list[tuple[float, int, Found]] = []
        self._numbers = itertools.count()
        self._proven = self._before.rms
        self._reached: list[Trial] = []
        self.progress: Progress | None = None

    def run(self, trials: Trials) -> Outcome:
        """Single changes and one change at all sites; then unknown numbers, named ones first; then pairs."""
        for stage in (self._singles, self._named, self._unnamed, self._pairs):
            if self.outcome.causes or self.outcome.cancelled:
                break
            stage(trials)
        # A cause, in whatever words, has its tensor kept.
        self.outcome.nearest = next((found for _, _, found in sorted(self._best) if found.single is None), None)
        return self.outcome

    def _singles(self, trials: Trials) -> None:
        self._try_all(trials.ordered)

    def _named(self, trials: Trials) -> None:
        self._fit_all(trials.named)

    def _unnamed(self, trials: Trials) -> None:
        self._fit_all(trials.unnamed)

    def _pairs(self, trials: Trials) -> None:
        bases = self._bases()
        for first in bases:
            base = self._replay.base(first.changes)
            others = (other for other in trials.ordered if not set(other.changes) & set(first.changes))
            self._try_all((Trial(f"{first.family} + {o.family}", o.changes, PAIR, first) for o in others), base)
            if self.outcome.causes or self.outcome.cancelled:
                return

    def _bases(self) -> list[Trial]:
        most = HELPFUL * self._before.rms
        # A number that was solved for says the same as one that was listed, less plainly; the listed one came first.
        ordered = sorted(self._best, key=lambda one: (_roughly(one[0]), one[1]))
        helpful = [found for _, _, found in ordered if found.error.rms <= most]
        unlike = {(frozenset(found.trial.changes), _roughly(found.error.rms)): found for found in reversed(helpful)}
        return [found.trial for found in helpful if any(found is one for one in unlike.values())][:BASES]

    def _try_all(self, trials: Iterable[Trial], base: Base | None = None) -> None:
        for trial in trials:
            if self._stop():
                return
            if not any(one.within(trial) for one in self._reached):
                self._try(trial, base)

    def _fit_all(self, fits: Iterable[Unknown]) -> None:
        for unknown in fits:
            if self._stop():
                return
            solved = solve(self._replay, self._port, unknown.fits, self._stop)
            self._try(unknown.at(solved))

    def _stop(self) -> bool:
        self.outcome.cancelled = self.outcome.cancelled or self._cancelled()
        return self.outcome.cancelled

    def _try(self, trial: Trial, base: Base | None = None) -> None:
        self.outcome.tried[PAIR if trial.scope == PAIR else trial.family] += 1
        if self.progress:
            self.progress.step(trial.family)
        single = self._attempt(lambda: self._replay.run(trial.changes, base))
        error = None if single is None else self._port.error(single)
        if single is None or error is None:
            return
        found = Found(trial, error, error.over(self._port.floor))
        if self._worth_proof(error, single):
            self._prove(found, single)
        self._keep(found)

    def _worth_proof(self, error: Size, single: torch.Tensor) -> bool:
        floor = max(self._port.floor.rms, self._port.unit * rms_of(single[single.isfinite()].abs()))
        if error.rms > WORTH * self._before.rms:
            return False
        record = error.rms <= min(PROMISING * self._before.rms, WORTH * self._proven)
        return record or error.rms <= NEAR * floor

    def _prove(self, found: Found, single: torch.Tensor) -> None:
        self._proven = min(self._proven, found.error.rms)
        exact = self._attempt(lambda: self._replay.exact(found.trial.every))
        error = None if exact is None else self._port.error(exact)
        if exact is None or error is None:
            return
        floor = self._port.floor_of(single, exact)
        found.error, found.times = error, error.over(floor)
        if self._port.reached(error, self._before, floor, rms_of(exact[exact.isfinite()])):
            found.single = single
            self._add(found)

    def _add(self, found: Found) -> None:
        self._reached.append(found.trial)
        for cause in self.outcome.causes:
            if same(cause, found):
                cause.also.append(found)
                return
        self.outcome.causes.append(found)
        self._tell(found, sum(self.outcome.tried.values()))

    def _attempt(self, compute: Callable[[], Any]) -> torch.Tensor | None:
        # A change that does not fit the tensors around it is no candidate, whatever torch has to say of it.
        with suppress(Exception), torch.no_grad():
            result = compute()
            return result if isinstance(result, torch.Tensor) else None
        return None

    def _keep(self, found: Found) -> None:
        self._best.append((found.error.rms, next(self._numbers), found))
        if len(self._best) > 8 * BASES:
            self._best = heapq.nsmallest(4 * BASES, self._best)


def _roughly(error: float) -> float:
    return float(f"{error:.2g}")

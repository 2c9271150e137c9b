"""The trials of a search: families × operations, in the order of their likelihood and cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from workbench.reference.explain.call import Change, Fit, call_of
from workbench.reference.explain.family import looking_at
from workbench.reference.explain.replay import Replay
from workbench.reference.explain.tape import Operation
from workbench.reference.explain.values import RECORDED

ONE, ALL, PAIR = "one site", "all sites", "pair"
LAST = 2
"""The turn of the least likely families."""


@dataclass(frozen=True)
class Trial:
    """Changes to try together. `changes` are made on top of those of `base`."""

    family: str
    changes: dict[Operation, Change]
    scope: str = ONE
    base: Trial | None = None

    def within(self, other: Trial) -> bool:
        """Whether the other trial makes the same kind of change here and elsewhere."""
        return self.family == other.family and self.words == other.words and set(self.every) < set(other.every)

    @property
    def every(self) -> dict[Operation, Change]:
        """The changes, and those of the base."""
        return {**self.base.every, **self.changes} if self.base else self.changes

    @property
    def words(self) -> str:
        """What the port does."""
        return "; ".join(dict.fromkeys(change.words for change in self.every.values()))


@dataclass(frozen=True)
class Unknown:
    """A number to solve for, at one site or the same number at several."""

    family: str
    fits: dict[Operation, Fit]

    def at(self, solved: dict[Operation, Change] | None) -> Trial:
        """The trial with the number solved for; with the reference's own where there is none."""
        changes = solved or {operation: fit.at(fit.start) for operation, fit in self.fits.items()}
        return Trial(self.family, changes, ALL if len(changes) > 1 else ONE)


@dataclass
class Trials:
    """Everything there is to try on one segment."""

    ordered: list[Trial] = field(default_factory=list)
    named: list[Unknown] = field(default_factory=list)
    """Numbers that the reference writes, and another one may stand for."""
    unnamed: list[Unknown] = field(default_factory=list)
    """Factors that it does not write."""


def trials_of(replay: Replay) -> Trials:
    """Single sites, each kind of change at all its sites after the last of them, and numbers to solve for.

    Families that have their turn first come first; among them what is computed soonest.
    """
    found = Trials()
    singles: list[tuple[int, int, Trial]] = []
    for operation in replay.operations:
        cost = replay.after(operation)
        for turn, family, proposal in _proposals(operation):
            if isinstance(proposal, Fit):
                unknowns = found.unnamed if turn == LAST else found.named
                unknowns.append(Unknown(family, {operation: proposal}))
            else:
                singles.append((turn, cost, Trial(family, {operation: proposal})))
    singles.sort(key=lambda entry: entry[:2])
    found.named += _same_everywhere(found.named)
    found.ordered = list(_with_all_sites([trial for _, _, trial in singles]))
    return found


def _proposals(operation: Operation) -> Iterator[tuple[int, str, Change | Fit]]:
    call = call_of(operation, RECORDED)
    for family in looking_at(operation):
        for proposal in family.propose(call):
            yield family.turn, family.name, proposal


def _same_everywhere(unknowns: list[Unknown]) -> Iterator[Unknown]:
    kinds: dict[tuple[str, str], dict[Operation, Fit]] = {}
    for one in unknowns:
        for operation, fit in one.fits.items():
            kinds.setdefault((one.family, fit.words), {})[operation] = fit
    return (Unknown(family, fits) for (family, _), fits in kinds.items() if len(fits) > 1)


def _with_all_sites(singles: list[Trial]) -> Iterator[Trial]:
    kinds: dict[tuple[str, str], list[Trial]] = {}
    for trial in singles:
        kinds.setdefault((trial.family, trial.words), []).append(trial)
    for trial in singles:
        yield trial
        same = kinds[trial.family, trial.words]
        if len(same) > 1 and trial is same[-1]:
            together = {operation: change for one in same for operation, change in one.changes.items()}
            yield Trial(trial.family, together, ALL)

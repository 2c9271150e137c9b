"""What a search found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import torch

from workbench.reference.explain.score import Size
from workbench.reference.explain.trials import Trial

GENERAL = frozenset(["sum", "product", "scale", "offset", "gain", "parameter", "shift", "whole number"])
"""Families of plain arithmetic: where another one says the same, it says more."""


@dataclass
class Found:
    """A trial, and the error that it leaves."""

    trial: Trial
    error: Size
    """In the tensor's own unit."""
    times: Size
    """In × floor: of the mutated reference where it was run in float64, else of the reference."""
    single: torch.Tensor | None = None
    """What a cause gives in float32."""
    also: list[Found] = field(default_factory=list)
    """Other changes that give the very same tensor: one finding in other words."""

    @property
    def wordings(self) -> list[Found]:
        """This trial and those that say the same, the most telling first."""
        return sorted([self, *self.also], key=lambda found: found.trial.family in GENERAL)


@dataclass
class Outcome:
    """What a search came to."""

    before: Size
    """The port's error against the reference, in × floor."""
    causes: list[Found] = field(default_factory=list)
    nearest: Found | None = None
    """The best trial that is no cause."""
    tried: Counter[str] = field(default_factory=Counter)
    """Trials by family."""
    cancelled: bool = False


def same(a: Found, b: Found) -> bool:
    """Whether two causes are one in other words: nothing in the port's tensor can tell them apart."""
    assert a.single is not None and b.single is not None
    return bool(((a.single == b.single) | (a.single.isnan() & b.single.isnan())).all())

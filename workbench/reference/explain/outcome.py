"""What a search found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import torch

from workbench.reference.explain.score import Size
from workbench.reference.explain.trials import Trial


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
    also: list[str] = field(default_factory=list)
    """Other words of the same family that give the very same tensor."""


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
    """Whether two causes are one in other words: of the same family, at the same sites, with the same tensor."""
    if a.trial.family != b.trial.family or set(a.trial.every) != set(b.trial.every):
        return False
    assert a.single is not None and b.single is not None
    return torch.equal(a.single, b.single)

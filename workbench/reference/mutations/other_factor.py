"""The activation on the other factor of a product: up for gate in a gated feed-forward, the halves of a GLU."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch.nn import functional as F

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family
from workbench.reference.mutations.activation import KINDS


@family("other factor", "mul", turn=0)
def other_factor(call: Call) -> Changes:
    for side, beside in (("left", "right"), ("right", "left")):
        made = call.origin(side)
        if made is not None and made.kind in KINDS and isinstance(call[beside], torch.Tensor):
            yield Change(f"{made.kind} of the other factor", partial(_exchanged, side=side, beside=beside))


@family("other factor", "glu", turn=0)
def glu(call: Call) -> Changes:
    yield Change("sigmoid of the other half", lambda live: F.glu(_swapped(live), live["dim"]))


def _exchanged(live: Call, side: str, beside: str) -> Any:
    made = live.origin(side)
    assert made is not None
    return made.run(input=live[beside]) * made.input


def _swapped(live: Call) -> torch.Tensor:
    return torch.cat(live.input.chunk(2, live["dim"])[::-1], live["dim"])

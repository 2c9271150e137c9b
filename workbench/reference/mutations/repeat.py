"""Repeating element by element against repeating the whole."""

from __future__ import annotations

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("repetition", "repeat_interleave", "repeat", "tile", turn=0)
def repetition(call: Call) -> Changes:
    if call.kind != "repeat_interleave":
        yield Change("each element repeated for the whole", _elements)
    elif isinstance(call["repeats"], int) and call["dim"] is not None:
        yield Change("the whole repeated for each element", _whole)


def _whole(live: Call) -> torch.Tensor:
    return torch.cat([live.input] * live["repeats"], live["dim"])


def _elements(live: Call) -> torch.Tensor:
    x = live.input
    given = live.args[1] if isinstance(live.args[1], (tuple, list, torch.Size)) else live.args[1:]
    x = x.reshape([1] * (len(given) - x.ndim) + list(x.shape))
    for dim, times in enumerate(given):
        x = x.repeat_interleave(times, dim)
    return x

"""One of the tensors that are put together is all zeros: a condition that never arrives."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change, is_float
from workbench.reference.explain.family import Changes, family

MOST = 12


@family("cat part", "cat", "stack", turn=0)
def cat_part(call: Call) -> Changes:
    tensors = call["tensors"]
    if 2 <= len(tensors) <= MOST and all(map(is_float, tensors)):
        for place in range(len(tensors)):
            yield Change(f"{call.kind} with zeros for its part {place}", partial(_without, place=place))


def _without(live: Call, place: int) -> torch.Tensor:
    tensors = list(live["tensors"])
    tensors[place] = torch.zeros_like(tensors[place])
    result: torch.Tensor = live.run(tensors=tensors)
    return result

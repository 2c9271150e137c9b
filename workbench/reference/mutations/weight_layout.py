"""A weight that lies otherwise: transposed, its parts swapped or interleaved, its kernel reversed."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family

PARTS = (2, 3, 4)


@family("weight layout", "weight")
def weight_layout(call: Call) -> Changes:
    weight = call.input
    if weight.ndim >= 2 and weight.shape[0] == weight.shape[1] > 1:
        yield Change("weight transposed", lambda live: live.input.transpose(0, 1))
    if weight.ndim >= 3 and weight.shape[-1] > 1:
        yield Change("kernel reversed", lambda live: live.input.flip(-1))
    for parts in PARTS:
        if weight.ndim == 2 and weight.shape[0] % parts == 0 and weight.shape[0] > parts:
            yield Change(f"weight rows interleaved by {parts}", partial(_interleaved, parts=parts))
            yield Change(f"weight rows taken for interleaved by {parts}", partial(_gathered, parts=parts))


def _interleaved(live: Call, parts: int) -> torch.Tensor:
    return torch.unflatten(live.input, 0, (parts, -1)).transpose(0, 1).flatten(0, 1)


def _gathered(live: Call, parts: int) -> torch.Tensor:
    return torch.unflatten(live.input, 0, (-1, parts)).transpose(0, 1).flatten(0, 1)

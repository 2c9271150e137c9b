"""Heads split or merged in another order, and axes that are reshaped where they should be exchanged."""

from __future__ import annotations

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family

AXES = ("transpose", "permute", "movedim", "moveaxis", "t", "T", "mT")


@family("reshape", "view", "flatten", "unflatten", turn=0)
def reshape(call: Call) -> Changes:
    before, after = call.input.shape, call.result.shape
    if len(after) > len(before) and len(after) >= 2 and min(after[-2:]) > 1:
        yield Change("heads split as (width, head) for (head, width)", _split)
    if len(before) >= 2 and min(before[-2:]) > 1 and before != after:
        yield Change("last two axes exchanged before the reshape", _merged)
    made = call.origin("input")
    exchanged = made is not None and made.kind in AXES
    if len(before) >= 3 and min(before[-3:-1]) > 1 and before != after and not exchanged:
        yield Change("heads and frames exchanged before the reshape", _exchanged)


@family("axes", *AXES, turn=0)
def axes(call: Call) -> Changes:
    yield Change("reshaped where the axes are exchanged", lambda live: live.input.reshape(live.result.shape))
    if call.input.ndim >= 2 and call.result.shape[-1] == call.result.shape[-2]:
        yield Change("last two axes exchanged once more", lambda live: live.run().transpose(-1, -2))


def _split(live: Call) -> torch.Tensor:
    shape = live.result.shape
    return live.input.reshape(*shape[:-2], shape[-1], shape[-2]).transpose(-1, -2)


def _merged(live: Call) -> torch.Tensor:
    return live.input.transpose(-1, -2).reshape(live.result.shape)


def _exchanged(live: Call) -> torch.Tensor:
    return live.input.transpose(-2, -3).reshape(live.result.shape)

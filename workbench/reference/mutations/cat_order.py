"""Tensors put together in another order, or interleaved."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import partial

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family
from workbench.reference.mutations.chunk_order import orders

ALL_ORDERS = 4
MOST = 12


@family("cat order", "cat", "stack", turn=0)
def cat_order(call: Call) -> Changes:
    count = len(call["tensors"])
    if not 2 <= count <= MOST:
        return
    own = tuple(range(count))
    every = itertools.permutations(own) if count <= ALL_ORDERS else orders(count)
    for order in sorted(set(every) - {own}):
        yield Change(f"{call.kind} in the order {' '.join(map(str, order))}", partial(_in_order, order=order))
    if call.kind == "cat":
        yield Change("interleaved for put end to end", _interleaved)


def _in_order(live: Call, order: Sequence[int]) -> torch.Tensor:
    tensors = live["tensors"]
    result: torch.Tensor = live.run(tensors=[tensors[i] for i in order])
    return result


def _interleaved(live: Call) -> torch.Tensor:
    dim = live["dim"] % live["tensors"][0].ndim
    return torch.stack(list(live["tensors"]), dim + 1).flatten(dim, dim + 1)

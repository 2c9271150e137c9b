"""Weight norm folded over other axes, or without its gain."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("weight norm", "_weight_norm", turn=0)
def weight_norm(call: Call) -> Changes:
    v = call["v"]
    every = range(v.ndim)
    for dim in every:
        others = tuple(axis for axis in every if axis != dim)
        if dim != call["dim"] % v.ndim:
            yield Change(f"weight norm of axis {dim} for {call['dim']}", partial(_folded, axes=others), dim)
        yield Change(f"weight norm over axis {dim} alone", partial(_folded, axes=(dim,)), dim)
    yield Change("weight norm over everything", partial(_folded, axes=tuple(every)))
    yield Change("weight norm without its gain", lambda live: live.run() / live["g"])
    yield Change("weight norm not divided by the norm", lambda live: live["v"] * live["g"])
    yield Change("no weight norm", lambda live: live["v"])


def _folded(live: Call, axes: tuple[int, ...]) -> torch.Tensor:
    v, g = live["v"], live["g"]
    result: torch.Tensor = g * v / torch.linalg.vector_norm(v, dim=axes, keepdim=True)
    return result

"""Softmax over another axis, another function for it, scores that were not scaled."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change, Fit
from workbench.reference.explain.family import Changes, family


@family("softmax", "softmax", "log_softmax", turn=0)
def softmax(call: Call) -> Changes:
    own = call["dim"] if call["dim"] is not None else -1
    for dim in range(call.input.ndim):
        if dim != own % call.input.ndim and call.input.shape[dim] > 1:
            yield Change(f"{call.kind} over axis {dim} for {own}", partial(Call.run, dim=dim), dim)
    other, words = (torch.log_softmax, "log_softmax for softmax")
    if call.kind == "log_softmax":
        other, words = torch.softmax, "softmax for log_softmax"
    yield Change(words, lambda live: other(live.input, own))
    yield Change(f"no {call.kind}", lambda live: live.input)
    yield Change(f"sigmoid for {call.kind}", lambda live: torch.sigmoid(live.input))
    yield Fit(f"scores times {{}} before {call.kind}", lambda live, by: live.run(input=live.input * by), 1.0)

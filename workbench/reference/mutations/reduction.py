"""Mean for sum, another axis, the unbiased variance."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change, is_float
from workbench.reference.explain.family import Changes, family

KINDS = ("mean", "sum", "var", "std", "amax", "amin", "norm")


@family("reduction", *KINDS, turn=0)
def reduction(call: Call) -> Changes:
    if not is_float(call.result):
        return
    share = call.result.numel() / max(call.input.numel(), 1)
    if call.kind == "mean":
        yield Change("sum for mean", lambda live: live.run() / share)
    if call.kind == "sum":
        yield Change("mean for sum", lambda live: live.run() * share)
    if isinstance(call["dim"], int):
        for dim in range(call.input.ndim):
            if dim != call["dim"] % call.input.ndim:
                yield Change(f"{call.kind} over axis {dim} for {call['dim']}", partial(Call.run, dim=dim), dim)


@family("variance", "var", "std", turn=0)
def variance(call: Call) -> Changes:
    count = call.input.numel() // max(call.result.numel(), 1)
    if count > 1:
        factor = (count - 1) / count
        factor = factor**0.5 if call.kind == "std" else factor
        yield Change(f"biased {call.kind}", lambda live: live.run() * factor)
        yield Change(f"unbiased {call.kind}", lambda live: live.run() / factor)
    other, words = (torch.sqrt, "std for var") if call.kind == "var" else (torch.square, "var for std")
    yield Change(words, lambda live: other(live.run()))


@family("order", "cumsum", "cumprod")
def cumulative(call: Call) -> Changes:
    if call.kind == "cumsum":
        yield Change("sum up to the frame before", lambda live: live.run() - live.input)

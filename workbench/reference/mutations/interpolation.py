"""Interpolation in another mode, or aligned otherwise."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family

LINEAR = {3: "linear", 4: "bilinear", 5: "trilinear"}


@family("interpolation", "interpolate", turn=0)
def interpolation(call: Call) -> Changes:
    linear = LINEAR.get(call.input.ndim, "linear")
    for mode in ("nearest", "nearest-exact", "area"):
        if mode != call["mode"]:
            yield Change(f"interpolation {mode} for {call['mode']}", partial(_sized, mode=mode, align=None))
    for align in (False, True):
        if (linear, align) != (call["mode"], bool(call["align_corners"])):
            words = f"interpolation {linear} with align_corners={align} for {call['mode']}"
            yield Change(words, partial(_sized, mode=linear, align=align))
    if call["scale_factor"] is not None:
        words = "interpolation by the sizes for by the factor"
        yield Change(words, partial(_sized, mode=call["mode"], align=call["align_corners"]))


def _sized(live: Call, mode: str, align: bool | None) -> torch.Tensor:
    size = live.result.shape[2:]
    result: torch.Tensor = live.run(size=size, scale_factor=None, mode=mode, align_corners=align)
    return result

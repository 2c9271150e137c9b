"""Another norm, a norm without its weight or bias, or none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch.nn import functional as F

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("norm kind", "layer_norm", "rms_norm", "group_norm", "batch_norm", "instance_norm", turn=0)
def norm_kind(call: Call) -> Changes:
    yield Change(f"no {call.kind}", lambda live: live.input)
    for part, neutral in (("weight", torch.ones_like), ("bias", torch.zeros_like)):
        if isinstance(call[part], torch.Tensor):
            yield Change(f"{call.kind} without its {part}", partial(_neutral, part=part, like=neutral))
    if isinstance(call["weight"], torch.Tensor):
        yield Change(f"{call.kind} with 1 + weight", lambda live: live.run(weight=1 + live["weight"]))
    if call.kind == "layer_norm":
        yield Change("rms_norm for layer_norm", _rms_for_layer)
        yield Change("layer_norm with the unbiased variance", partial(_layer, correction=1, outside=False))
        yield Change("layer_norm with eps outside the root", partial(_layer, correction=0, outside=True))
    if call.kind == "rms_norm":
        yield Change("layer_norm for rms_norm", _layer_for_rms)
    if call.kind == "group_norm":
        for groups in {1, call.input.shape[1]} - {call["num_groups"]}:
            yield Change(f"{groups} groups for {call['num_groups']}", partial(Call.run, num_groups=groups))
    if call.kind == "batch_norm":
        yield Change("batch statistics for running ones", partial(Call.run, training=True))


def _neutral(live: Call, part: str, like: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    result: torch.Tensor = live.run(**{part: like(live[part])})
    return result


def _rms_for_layer(live: Call) -> torch.Tensor:
    x, eps = live.input, live["eps"]
    return _affine(live, x * torch.rsqrt((x * x).mean(_axes(live), keepdim=True) + eps))


def _layer(live: Call, correction: int, outside: bool) -> torch.Tensor:
    x, eps, axes = live.input, live["eps"], _axes(live)
    variance = x.var(axes, correction=correction, keepdim=True)
    spread = variance.sqrt() + eps if outside else (variance + eps).sqrt()
    return _affine(live, (x - x.mean(axes, keepdim=True)) / spread)


def _affine(live: Call, normed: torch.Tensor) -> torch.Tensor:
    weight, bias = live["weight"], live["bias"]
    normed = normed if weight is None else normed * weight
    return normed if bias is None else normed + bias


def _layer_for_rms(live: Call) -> torch.Tensor:
    return F.layer_norm(live.input, live["normalized_shape"], live["weight"], None, live["eps"] or 1e-6)


def _axes(live: Call) -> list[int]:
    return list(range(-len(live["normalized_shape"]), 0))

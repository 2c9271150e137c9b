"""An attention mask that is missing, inverted, transposed, shifted, soft, or causal."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family
from workbench.reference.mutations.attention_weights import attended

SOFT = (-1e4, -1e9, -1e5, -100.0, 0.0)


@family("mask", "scaled_dot_product_attention", turn=0)
def attention_mask(call: Call) -> Changes:
    mask = call["attn_mask"]
    if not call["is_causal"] and mask is None:
        yield Change("causal mask for none", lambda live: live.run(is_causal=True))
    if call["is_causal"]:
        yield Change("no mask", lambda live: live.run(is_causal=False))
    if mask is None:
        return
    yield Change("no mask", lambda live: live.run(attn_mask=None))
    yield Change("mask transposed", lambda live: live.run(attn_mask=live["attn_mask"].transpose(-1, -2)))
    for by in (1, -1):
        yield Change(f"mask moved by {by:+d} key", partial(_moved, by=by), by)
    yield Change("causal mask for another", lambda live: live.run(attn_mask=None, is_causal=True))
    if mask.dtype is torch.bool:
        yield Change("causal mask beside the mask", lambda live: live.run(attn_mask=live["attn_mask"] & _causal(live)))
        yield Change("mask inverted", lambda live: live.run(attn_mask=~live["attn_mask"]))
        yield Change("mask inverted, NaN where all is masked", lambda live: _bare(live, ~live["attn_mask"]))
        yield Change("NaN where all is masked", lambda live: _bare(live, live["attn_mask"]))
        for value in SOFT[:-1]:
            yield Change(f"mask of {value:g} for −inf", partial(_softened, value=value), value)


@family("mask", "masked_fill", "masked_fill_", turn=0)
def fill(call: Call) -> Changes:
    yield Change("no mask", lambda live: live.input)
    yield Change("mask inverted", lambda live: live.run(mask=~live["mask"]))
    for value in (*SOFT, float("-inf")):
        if value != call["value"]:
            yield Change(f"{value:g} for {call['value']:g} where masked", partial(Call.run, value=value), value)


@family("mask", "where", turn=0)
def where(call: Call) -> Changes:
    tensors = [value for value in call.args if isinstance(value, torch.Tensor)]
    condition = next((value for value in tensors if value.dtype is torch.bool), None)
    if condition is None or len(call.args) != 3:
        return
    yield Change("condition inverted", _inverted)
    for at, value in enumerate(call.args):
        if value is not condition and isinstance(value, torch.Tensor) and value.shape == call.result.shape:
            yield Change("condition ignored", partial(_operand, at=at))


def _causal(live: Call) -> torch.Tensor:
    queries, keys = live["query"].shape[-2], live["key"].shape[-2]
    return torch.ones(queries, keys, dtype=torch.bool, device=live["query"].device).tril(keys - queries)


def _bare(live: Call, seen: torch.Tensor) -> torch.Tensor:
    """The attention without what guards torch's own against a query that sees nothing."""
    return attended(live, lambda scores: scores.masked_fill(~seen, float("-inf")).softmax(-1))


def _operand(live: Call, at: int) -> Any:
    return live.args[at]


def _inverted(live: Call) -> torch.Tensor:
    args = [~value if getattr(value, "dtype", None) is torch.bool else value for value in live.args]
    result: torch.Tensor = live.operation.func(*args, **live.kwargs)
    return result


def _moved(live: Call, by: int) -> Any:
    return live.run(attn_mask=live["attn_mask"].roll(by, -1))


def _softened(live: Call, value: float) -> Any:
    query, mask = live["query"], live["attn_mask"]
    soft = torch.zeros(mask.shape, dtype=query.dtype, device=query.device).masked_fill(~mask, value)
    return live.run(attn_mask=soft)

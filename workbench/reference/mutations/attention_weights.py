"""Attention written out, with its softmax over the queries, missing, or before its mask."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("softmax", "scaled_dot_product_attention", turn=0)
def attention_weights(call: Call) -> Changes:
    if call["is_causal"] or call["dropout_p"] or call["enable_gqa"]:
        return
    yield Change("softmax over axis -2 for -1", lambda live: attended(live, lambda x: _masked(live, x).softmax(-2)))
    yield Change("no softmax", lambda live: attended(live, lambda x: x))
    mask = call["attn_mask"]
    if mask is not None and mask.dtype is torch.bool:
        yield Change("softmax before the mask", lambda live: attended(live, lambda x: x.softmax(-1) * _mask(live)))


def attended(live: Call, weigh: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """The attention written out: the values weighed by what `weigh` makes of the scaled scores."""
    query, key, value = live["query"], live["key"], live["value"]
    scale = live["scale"] or 1 / math.sqrt(query.shape[-1])
    result: torch.Tensor = weigh(query @ key.transpose(-1, -2) * scale) @ value
    return result


def _mask(live: Call) -> torch.Tensor:
    mask: torch.Tensor = live["attn_mask"]
    return mask


def _masked(live: Call, scores: torch.Tensor) -> torch.Tensor:
    mask = live["attn_mask"]
    if mask is None:
        return scores
    return scores.masked_fill(~mask, float("-inf")) if mask.dtype is torch.bool else scores + mask

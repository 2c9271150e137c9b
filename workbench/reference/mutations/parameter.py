"""A vector of parameters in another form: as a logarithm, plus one, negated, left out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch

from workbench.reference.explain.call import Call, Change, is_float
from workbench.reference.explain.family import Changes, family

FORMS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "its exponential": torch.exp,
    "its logarithm": torch.log,
    "1 + itself": lambda x: 1 + x,
    "its negative": torch.neg,
    "its square": torch.square,
    "its reciprocal": torch.reciprocal,
    "zeros": torch.zeros_like,
    "ones": torch.ones_like,
}


@family("parameter", "weight")
def parameter(call: Call) -> Changes:
    weight = call.input
    vector = weight.numel() == max(weight.shape, default=1)
    if vector and is_float(weight):
        for form in FORMS:
            yield Change(f"{form} for {call.operation.name}", partial(_as, form=form))


def _as(live: Call, form: str) -> torch.Tensor:
    return FORMS[form](live.input)

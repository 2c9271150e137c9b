"""A logarithm to another base, with one added, or none; an exponential likewise."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family

LOGS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "log": torch.log, "log10": torch.log10, "log2": torch.log2, "log1p": torch.log1p,
    "10 log10": lambda x: 10 * torch.log10(x), "20 log10": lambda x: 20 * torch.log10(x),
}  # fmt: skip
EXPS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "exp": torch.exp, "exp2": torch.exp2, "expm1": torch.expm1, "softplus": torch.nn.functional.softplus,
    "sigmoid": torch.sigmoid, "exp of the negative": lambda x: torch.exp(-x),
}  # fmt: skip


@family("logarithm", "log", "log10", "log2", "log1p", "exp", "exp2", "expm1", turn=0)
def logarithm(call: Call) -> Changes:
    table = LOGS if call.kind in LOGS else EXPS
    for name in table:
        if name != call.kind:
            yield Change(f"{name} for {call.kind}", partial(_other, function=table[name]))
    yield Change(f"no {call.kind}", lambda live: live.input)


def _other(live: Call, function: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    return function(live.input)

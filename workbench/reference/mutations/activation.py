"""One activation in the place of another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch.nn import functional as F

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family

ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "gelu erf": F.gelu,
    "gelu tanh": lambda x: F.gelu(x, approximate="tanh"),
    "gelu quick": lambda x: x * torch.sigmoid(1.702 * x),
    "silu": F.silu,
    "relu": F.relu,
    "leaky_relu 0.01": F.leaky_relu,
    "leaky_relu 0.1": lambda x: F.leaky_relu(x, 0.1),
    "leaky_relu 0.2": lambda x: F.leaky_relu(x, 0.2),
    "elu": F.elu,
    "mish": F.mish,
    "softplus": F.softplus,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu squared": lambda x: F.relu(x) ** 2,
    "relu6": F.relu6,
    "selu": F.selu,
    "softsign": F.softsign,
    "abs": torch.abs,
    "no activation": lambda x: x,
}
KINDS = ("gelu", "silu", "relu", "leaky_relu", "elu", "mish", "softplus", "tanh", "sigmoid", "relu6", "selu")


@family("activation", *KINDS, "softsign", "hardtanh", "hardswish", turn=0)
def activation(call: Call) -> Changes:
    own = _own(call)
    for name in ACTIVATIONS:
        if name != own:
            yield Change(f"{name} for {own}", partial(_instead, name=name))
    yield Change(f"{own} twice", lambda live: live.operation.func(live.run(), *live.args[1:], **live.kwargs))


def _instead(live: Call, name: str) -> torch.Tensor:
    return ACTIVATIONS[name](live.input)


def _own(call: Call) -> str:
    if call.kind == "gelu":
        return "gelu tanh" if call["approximate"] == "tanh" else "gelu erf"
    return f"leaky_relu {call['negative_slope']:g}" if call.kind == "leaky_relu" else call.kind

"""Numbers of lower precision: a result, or a weight, that went through bf16, f16 or tf32."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change, is_float
from workbench.reference.explain.family import Changes, family

BITS = {"bf16": (8, -126), "f16": (11, -14), "tf32": (11, -126)}
"""Significant bits, and the exponent below which numbers are as coarse as there."""
KINDS = (
    "linear", "matmul", "conv1d", "conv2d", "conv_transpose1d", "scaled_dot_product_attention", "layer_norm",
    "rms_norm", "group_norm", "softmax", "gelu", "silu", "mul", "add", "div", "sin", "cos", "exp",
    "einsum", "embedding",
)  # fmt: skip


@family("rounding", *KINDS, turn=2)
def of_a_result(call: Call) -> Changes:
    if is_float(call.result):
        for name in ("bf16", "f16"):
            yield Change(f"result rounded to {name}", partial(_result, name=name))


@family("rounding", "linear", "matmul", "conv1d", "conv2d", turn=2)
def of_the_operands(call: Call) -> Changes:
    for name in BITS:
        yield Change(f"operands rounded to {name}", partial(_operands, name=name))


@family("rounding", "weight", turn=2)
def of_a_weight(call: Call) -> Changes:
    if is_float(call.input):
        for name in ("bf16", "f16"):
            yield Change(f"weight rounded to {name}", partial(_weight, name=name))


def rounded(x: torch.Tensor, name: str) -> torch.Tensor:
    """x with as many bits as the dtype has, in x's own dtype: a cast would be lifted in the float64 run."""
    bits, lowest = BITS[name]
    _, exponent = torch.frexp(x)
    unit = torch.ldexp(torch.ones_like(x), exponent.clamp(min=lowest + 1) - bits)
    return torch.round(x / unit) * unit


def _result(live: Call, name: str) -> torch.Tensor:
    return rounded(live.run(), name)


def _weight(live: Call, name: str) -> torch.Tensor:
    return rounded(live.input, name)


def _operands(live: Call, name: str) -> torch.Tensor:
    args = [rounded(value, name) if is_float(value) and value.ndim > 1 else value for value in live.args]
    result: torch.Tensor = live.operation.func(*args, **live.kwargs)
    return result

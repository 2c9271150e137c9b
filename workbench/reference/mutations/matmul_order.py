"""The operands of a matrix product swapped or transposed."""

from __future__ import annotations

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("matmul order", "matmul")
def matmul_order(call: Call) -> Changes:
    if min(call["left"].ndim, call["right"].ndim) < 2:
        return
    yield Change("operands swapped", lambda live: live["right"] @ live["left"])
    yield Change("left operand transposed", lambda live: live["left"].transpose(-1, -2) @ live["right"])
    yield Change("right operand transposed", lambda live: live["left"] @ live["right"].transpose(-1, -2))
    yield Change("product transposed", _transposed)


def _transposed(live: Call) -> torch.Tensor:
    result: torch.Tensor = (live["left"] @ live["right"]).transpose(-1, -2)
    return result

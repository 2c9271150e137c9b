"""A unit norm over another axis, or none; and a gated unit whose halves are exchanged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family

Gate = Callable[[torch.Tensor], torch.Tensor]
GATES: dict[str, Gate] = {"sigmoid": torch.sigmoid, "silu": torch.nn.functional.silu, "no": lambda x: x}


@family("unit norm", "normalize", turn=0)
def normalize(call: Call) -> Changes:
    yield Change("no unit norm", lambda live: live.input)
    yield Change("unit norm by the sum of magnitudes", partial(Call.run, p=1.0))
    for dim in range(call.input.ndim):
        if dim != call["dim"] % call.input.ndim:
            yield Change(f"unit norm over axis {dim} for {call['dim']}", partial(Call.run, dim=dim), dim)


@family("gated unit", "glu", turn=0)
def glu(call: Call) -> Changes:
    for words, gate in GATES.items():
        if words != "sigmoid":
            yield Change(f"{words} gate for sigmoid", partial(_gated, gate=gate, first=False))
        yield Change(f"halves exchanged, {words} gate", partial(_gated, gate=gate, first=True))


def _gated(live: Call, gate: Gate, first: bool) -> torch.Tensor:
    a, b = live.input.chunk(2, live["dim"])
    return gate(a) * b if first else a * gate(b)

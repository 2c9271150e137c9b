"""Frequencies of a sinusoidal or rotary embedding: another theta, another count in the denominator."""

from __future__ import annotations

import math
from functools import partial

import torch

from workbench.reference.explain.call import Call, Change, Fit, is_float
from workbench.reference.explain.family import Changes, family
from workbench.reference.mutations.scale import is_number, number_side

ROUNDED = 1e-2
"""How far a table's steps and its θ may be off that went through f16 or bf16."""
THETAS = (10_000.0, 1_000_000.0, 500_000.0, 100_000.0, 1_000.0, 100.0)


@family("frequency", "mul", "div")
def denominator(call: Call) -> Changes:
    side = number_side(call)
    steps = call["right" if side == "left" else "left"]
    if side is None or not isinstance(steps, torch.Tensor) or steps.ndim != 1 or len(steps) < 3:
        return
    count, number = len(steps), call[side]
    for words, factor in (("half for half − 1", (count - 1) / count), ("half − 1 for half", count / (count - 1))):
        other = number * (factor if call.kind == "mul" else 1 / factor)
        yield Change(f"{words} in the denominator", partial(Call.run, **{side: other}), other)


@family("theta", "pow")
def theta(call: Call) -> Changes:
    own = call["left"]
    if is_number(own) and is_float(call.result):
        for other in THETAS:
            if other != own:
                yield Change(f"theta {other:g} for {own:g}", partial(Call.run, left=other), other)
        yield Fit(f"theta {{}} for {own:g}", lambda live, other: other ** live["right"], float(own))


@family("theta", "weight", "value")
def theta_of_a_table(call: Call) -> Changes:
    own = _theta(call.input)
    if own is None:
        return
    for other in THETAS:
        if not math.isclose(other, own, rel_tol=ROUNDED):
            yield Change(f"theta {other:g} for {own:g}", partial(_of_theta, other=other), other)
    yield Fit(f"theta {{}} for {own:g}", lambda live, other: _of_theta(live, other), own)


def _theta(table: torch.Tensor) -> float | None:
    """θ of a table θ^(−i/n), i = 0 … n − 1; None for any other tensor."""
    if not is_float(table) or table.ndim != 1 or len(table) < 4 or not bool((table > 0).all()):
        return None
    logs = table.double().log()
    steps = logs.diff()
    if float(logs[0]) != 0.0 or float(steps[0]) >= 0.0 or not torch.allclose(steps, steps[:1], rtol=ROUNDED):
        return None
    return float(f"{math.exp(-float(steps.mean()) * len(table)):.3g}")


def _of_theta(live: Call, other: float) -> torch.Tensor:
    # Made anew: what a checkpoint keeps may have gone through a shorter dtype.
    steps = torch.arange(len(live.input), dtype=live.input.dtype) / len(live.input)
    table: torch.Tensor = 1.0 / other**steps
    return table

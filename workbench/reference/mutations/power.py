"""Power for magnitude, a square or root that is missing, another exponent."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change, Fit, is_float
from workbench.reference.explain.family import Changes, family
from workbench.reference.mutations.scale import is_number

EXPONENTS = (1.0, 2.0, 0.5, 3.0, -1.0, -0.5)


@family("power", "pow", turn=0)
def power(call: Call) -> Changes:
    own = call["right"]
    if not is_number(own) or not is_float(call.result):
        return
    for other in EXPONENTS:
        if other != own:
            yield Change(f"power of {other:g} for {own:g}", partial(Call.run, right=other), other)
    yield Change("magnitude for power", lambda live: live["left"].abs())
    yield Fit(f"power of {{}} for {own:g}", lambda live, other: live.run(right=other), float(own))


@family("power", "sqrt", "square", "abs", "rsqrt", "reciprocal", turn=0)
def root(call: Call) -> Changes:
    yield Change(f"no {call.kind}", lambda live: live.input)
    if call.kind != "sqrt":
        yield Change(f"{call.kind} squared", lambda live: live.run() ** 2)
    yield Change(f"root of {call.kind}", lambda live: live.run().sqrt())
    yield Change(f"one over {call.kind}", lambda live: 1 / live.run())
    if call.kind == "abs" and call.input.is_complex():
        yield Change("real part for magnitude", lambda live: torch.real(live.input))


@family("eps outside the root", "sqrt", "rsqrt")
def outside(call: Call) -> Changes:
    inner = call.origin("input")
    if inner is None or inner.kind != "add" or not is_number(inner["right"]):
        return
    yield Change("sqrt(x) + eps for sqrt(x + eps)", _outside)


def _outside(live: Call) -> torch.Tensor:
    inner = live.origin("input")
    assert inner is not None
    result: torch.Tensor = inner["left"].sqrt() + inner["right"]
    return 1 / result if live.kind == "rsqrt" else result

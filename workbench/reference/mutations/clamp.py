"""A clamp that is missing, has another limit, or is an addition."""

from __future__ import annotations

from functools import partial

from workbench.reference.explain.call import Call, Change, Fit, is_float
from workbench.reference.explain.family import Changes, family
from workbench.reference.mutations.scale import is_number

FLOORS = (1e-5, 1e-10, 1e-8, 1e-7, 1e-6, 1e-9, 1e-12, 1e-4, 1e-3, 0.0)


@family("clamp", "clamp", "clamp_min", "clamp_max", turn=0)
def clamp(call: Call) -> Changes:
    yield Change("no clamp", lambda live: live.input)
    low, high = call["min"], call["max"]
    if not is_float(call.result):
        return
    if is_number(low) and 0 <= low < 1e-2:
        for other in FLOORS:
            if other != low:
                yield Change(f"clamp at {other:g} for {low:g}", partial(Call.run, min=other), other)
        yield Change(f"{low:g} added for clamped at", lambda live: live.input + low)
    if is_number(low):
        yield Fit(f"clamp from {{}} for {low:g}", lambda live, other: live.run(min=other), float(low))
    if is_number(high):
        yield Fit(f"clamp up to {{}} for {high:g}", lambda live, other: live.run(max=other), float(high))
        if is_number(low):
            yield Change("clamp from below only", partial(Call.run, max=None))
            yield Change("clamp from above only", partial(Call.run, min=None))

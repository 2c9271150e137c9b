"""Another slope of a leaky activation."""

from __future__ import annotations

from functools import partial

from workbench.reference.explain.call import Call, Change, Fit
from workbench.reference.explain.family import Changes, family

SLOPES = (0.01, 0.1, 0.2, 0.02, 0.3, 0.05, 0.0)
NAMES = {"leaky_relu": "negative_slope", "elu": "alpha", "softplus": "beta"}


@family("slope", *NAMES, turn=0)
def slope(call: Call) -> Changes:
    name = NAMES[call.kind]
    own = call[name]
    for other in SLOPES if call.kind == "leaky_relu" else ():
        if other != own:
            yield Change(f"slope {other:g} for {own:g}", partial(Call.run, negative_slope=other), other)
    yield Fit(f"{name} {{}} for {own:g}", lambda live, other: live.run(**{name: other}), float(own))

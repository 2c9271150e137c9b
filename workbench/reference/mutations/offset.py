"""A number that is added: an eps, the one of 1 + scale, an index that starts elsewhere."""

from __future__ import annotations

from functools import partial

from workbench.reference.explain.call import Call, Change, Fit, is_float
from workbench.reference.explain.family import Changes, family
from workbench.reference.mutations.norm_eps import USUAL
from workbench.reference.mutations.scale import number_side

SMALL = 1e-2
"""Below this an added number is an eps."""


@family("offset", "add", "sub", turn=0)
def offset(call: Call) -> Changes:
    side = number_side(call)
    if side is None:
        return
    number = call[side]
    others = {0.0, *USUAL} if is_float(call.result) and abs(number) < SMALL else {0, -number, number + 1, number - 1}
    for other in sorted(others - {number}):
        words = f"{call.kind} of {number:g} missing" if other == 0 else f"{call.kind} of {other:g} for {number:g}"
        yield Change(words, partial(Call.run, **{side: other}), other)
    if is_float(call.result):
        yield Fit(f"{call.kind} of {{}} for {number:g}", lambda live, other: live.run(**{side: other}), float(number))

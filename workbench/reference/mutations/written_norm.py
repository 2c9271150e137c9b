"""A norm that the reference writes out, x·rsqrt(mean(x²) + eps) with or without a weight, left out as a whole."""

from __future__ import annotations

from functools import partial
from typing import Any

from workbench.reference.explain.call import Call, Change, is_float
from workbench.reference.explain.family import Changes, family

WHOLE = ("rsqrt", "sqrt")


@family("norm kind", "mul", turn=0)
def with_a_weight(call: Call) -> Changes:
    for side in ("left", "right"):
        inner = call.origin(side)
        if inner is not None and _normed(inner):
            yield Change("no norm", partial(_left_out, side=side))


@family("norm kind", "mul", "div", turn=0)
def bare(call: Call) -> Changes:
    if _normed(call):
        yield Change("no norm but for its weight", _raw)


def _normed(call: Call) -> str:
    """The operand that is normed by the other one; empty where the operation is no norm."""
    for side, other in (("left", "right"), ("right", "left")):
        scale = call.origin(other) if call.kind in ("mul", "div") else None
        if scale is None or scale.kind not in WHOLE:
            continue
        spread = scale.origin("input")
        if (
            spread is not None
            and spread.kind == "add"
            and is_float(call[side])
            and call[side].shape == call.result.shape
        ):
            return side
    return ""


def _left_out(live: Call, side: str) -> Any:
    inner = live.origin(side)
    assert inner is not None
    return _raw(inner)


def _raw(live: Call) -> Any:
    return live[_normed(live)]

"""A number that multiplies or divides: missing, inverted, doubled, … or simply another one."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from workbench.reference.explain.call import Call, Change, Fit, is_float
from workbench.reference.explain.family import Changes, family


@family("scale", "mul", "div", turn=0)
def scale(call: Call) -> Changes:
    side = number_side(call)
    if side is None:
        return
    number = call[side]
    for word, other in variants(number):
        words = f"{call.kind} by {number:g} {word}"
        yield Change(words, partial(Call.run, **{side: other}), other)
    if is_float(call.result):
        yield Fit(f"{call.kind} by {{}} for {number:g}", lambda live, other: live.run(**{side: other}), float(number))


def number_side(call: Call) -> str | None:
    """The operand that is a plain number, or None."""
    return next((side for side in ("left", "right") if is_number(call[side])), None)


def is_number(value: Any) -> bool:
    """Whether a value is an int or a float, and no bool."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def variants(number: float) -> list[tuple[str, float]]:
    """What becomes of a factor in a port."""
    found = [("missing", 1.0), ("with the other sign", -number), ("doubled", 2 * number), ("halved", number / 2)]
    if number:
        found.append(("inverted", 1 / number))
    if number > 0:
        found += [("squared", number * number), ("as its root", math.sqrt(number))]
    return [(word, other) for word, other in found if other != number]

"""Another whole number: the size of a chunk, a hop, a count that is one off, doubled or halved."""

from __future__ import annotations

from functools import partial

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family
from workbench.reference.mutations.scale import number_side

KINDS = ("mul", "div", "floordiv", "floor_divide", "remainder", "lt", "le", "gt", "ge", "eq", "ne")


@family("whole number", *KINDS)
def whole_number(call: Call) -> Changes:
    side = number_side(call)
    if side is None or not isinstance(call[side], int):
        return
    number = call[side]
    for other in sorted({number + 1, number - 1, 2 * number, number // 2} - {number, 0}):
        # The words name no operation: a chunk's size stands in several, and all of them are one site to a porter.
        yield Change(f"{other} for {number}", partial(Call.run, **{side: other}), other)

"""The search: every hypothesis on a sample, those that survive on the whole tensor, the simplest that holds wins."""

from collections.abc import Callable, Iterable
from itertools import chain

import numpy as np

from workbench.causes.findings import Slice, bad_indices, findings, slices
from workbench.causes.functions import bounds, functions, masks
from workbench.causes.hypothesis import Hypothesis
from workbench.causes.orders import orders
from workbench.causes.pair import UNBOUNDED, Pair
from workbench.causes.places import interleavings, other_shapes, reshapes, transpositions
from workbench.causes.shifts import reversals, shifts
from workbench.causes.values import linear
from workbench.model.cause import Cause, CauseKind, Explanation, Finding, Remaining

Family = Callable[[Pair], Iterable[Hypothesis]]
FAMILIES: tuple[Family, ...] = (
    linear, functions, bounds, masks, transpositions, reversals, interleavings, shifts, orders, reshapes,
)  # fmt: skip
"""The simplest first: the first hypothesis that reaches the floor is the cause."""


def explain(pair: Pair) -> Explanation:
    """Why the port's tensor is off: a cause that takes the error to the floor, else where the error sits.

    A tensor that is within the factor needs no explanation and gets none. Where a side holds NaN or infinities, no
    transform is tried.
    """
    if not pair.same_shape:
        cause, tried = _search(pair, (other_shapes,))
        return Explanation((cause,) if cause else (), tried=tried)
    if not pair.port.size or pair.at_floor(pair.before):
        return Explanation()
    if not pair.finite:
        return Explanation(findings=findings(pair))
    cause, tried = _search(pair, FAMILIES)
    return Explanation((cause,), tried=tried) if cause else _partly(pair, tried)


def _partly(pair: Pair, tried: int) -> Explanation:
    """Search the one slice that is off; where that does not help either, say where the error sits."""
    for part in slices(pair, bad_indices(pair)):
        cause, more = _search(_narrowed(pair, part), FAMILIES)
        tried += more
        if cause and pair.at_floor(pair.outside(part.axis, part.start, part.stop)):
            return Explanation((cause,), findings=(Finding("slice", f"only {part.words}"),), tried=tried)
    return Explanation(findings=findings(pair), tried=tried)


def _search(pair: Pair, families: Iterable[Family]) -> tuple[Cause | None, int]:
    tried, runner_up, winner = 0, UNBOUNDED, None
    for hypothesis in chain.from_iterable(family(pair) for family in families):
        tried += 1
        left = pair.glance(hypothesis)
        if winner is None and left.max <= pair.factor.max:
            left = pair.whole(hypothesis)
            if pair.at_floor(left):
                winner = hypothesis, left
        if not pair.at_floor(left):
            runner_up = min(runner_up, left.rms)
    return (_cause(pair, *winner, tried, runner_up) if winner else None), tried


def _cause(pair: Pair, hypothesis: Hypothesis, after: Remaining, tried: int, runner_up: float) -> Cause:
    return Cause(
        kind=CauseKind.TENSOR,
        family=hypothesis.family,
        words=hypothesis.words,
        constant=hypothesis.constant,
        value=hypothesis.value,
        before=pair.before,
        after=after,
        tried=tried,
        runner_up=runner_up if runner_up < UNBOUNDED else None,
    )


def _narrowed(pair: Pair, part: Slice) -> Pair:
    cut = (*(slice(None) for _ in range(part.axis)), slice(part.start, part.stop))
    noise = np.ascontiguousarray(pair.noise[cut])
    return Pair(
        np.ascontiguousarray(pair.port[cut]), np.ascontiguousarray(pair.reference[cut]), noise, pair.floor, pair.factor
    )

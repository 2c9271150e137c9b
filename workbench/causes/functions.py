"""Hypotheses about single elements: a function too many or too few, a clamp, a mask."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from workbench.causes.constants import text
from workbench.causes.hypothesis import Floats, Hypothesis, Residual
from workbench.causes.pair import SPARE, Pair

Function = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Applied:
    """A function that one side applies and the other does not."""

    family: str
    name: str
    function: Function
    inverse: Function | None = None


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


FUNCTIONS = (
    Applied("abs", "the absolute value", np.abs),
    Applied("squared", "the square", np.square, np.sqrt),
    Applied("squared", "the square root", np.sqrt, np.square),
    Applied("exponential", "exp", np.exp, np.log),
    Applied("exponential", "ln", np.log, np.exp),
    Applied("exponential", "2^x", np.exp2, np.log2),
    Applied("exponential", "log2", np.log2, np.exp2),
    Applied("exponential", "10^x", lambda x: np.power(10.0, x), np.log10),
    Applied("exponential", "log10", np.log10, lambda x: np.power(10.0, x)),
    Applied("exponential", "ln(1 + x)", np.log1p, np.expm1),
    Applied("exponential", "exp(x) − 1", np.expm1, np.log1p),
    Applied("reciprocal", "the reciprocal", np.reciprocal, np.reciprocal),
    Applied("activation", "tanh", np.tanh),
    Applied("activation", "the sigmoid", _sigmoid),
    Applied("activation", "SiLU", lambda x: x * _sigmoid(x)),
    Applied("activation", "softplus", lambda x: np.logaddexp(x, 0.0)),
)


def functions(pair: Pair) -> Iterator[Hypothesis]:
    """The port applies a function that the reference does not, or leaves one out; where it can, undone at the port."""
    for applied in FUNCTIONS:
        extra = f"the port's output is {applied.name} of the reference's"
        if undo := applied.inverse:
            yield Hypothesis(applied.family, extra, residual=_of_port(undo))
        else:
            missing = f"the port's output lacks {applied.name}, which the reference takes"
            yield Hypothesis(applied.family, missing, residual=_of_port(applied.function))
        scale = _scale(pair.sample[1], applied.function)
        yield Hypothesis(applied.family, extra, residual=_of_exact(applied.function), scale=scale)


def bounds(pair: Pair) -> Iterator[Hypothesis]:
    """One side clamps what the other does not; a ReLU is a clamp at 0."""
    (low, high), (least, most) = _bounds(pair.port, pair.port_range), _bounds(pair.reference, pair.reference_range)
    for words, side in _limits(low, high):
        does = f"the port clamps its output to {words}, the reference does not"
        yield Hypothesis("clamp", does, *side.name, residual=_of_exact(side.clip))
    for words, side in _limits(least, most):
        lacks = f"the reference clamps its output to {words}, the port does not"
        yield Hypothesis("clamp", lacks, *side.name, residual=_of_port(side.clip))


@dataclass(frozen=True)
class _Limit:
    low: float
    high: float

    @property
    def name(self) -> tuple[str, float | None]:
        """The bounds as text, and the one that there is."""
        finite = [bound for bound in (self.low, self.high) if np.isfinite(bound)]
        return ", ".join(text(bound) for bound in finite), finite[0] if len(finite) == 1 else None

    def clip(self, values: Floats) -> Floats:
        return np.asarray(np.clip(values, self.low, self.high))


def _limits(low: float | None, high: float | None) -> Iterator[tuple[str, _Limit]]:
    if low is not None:
        yield f"at least {text(low)}", _Limit(low, np.inf)
    if high is not None:
        yield f"at most {text(high)}", _Limit(-np.inf, high)
    if low is not None and high is not None:
        yield f"{text(low)} … {text(high)}", _Limit(low, high)


def _bounds(tensor: Floats, extremes: tuple[float, float]) -> tuple[float | None, float | None]:
    """The extremes that several elements have, as clamping makes them."""
    low, high = (bound if np.count_nonzero(tensor == bound) >= SPARE else None for bound in extremes)
    return low, high


def _of_port(function: Function) -> Residual:
    return lambda port, exact: function(port) - exact


def _of_exact(function: Function) -> Residual:
    return lambda port, exact: port - function(exact)


def masks(pair: Pair) -> Iterator[Hypothesis]:
    """One side is zero where the other is not."""
    port, exact = pair.sample
    if 0 < np.count_nonzero(exact) < len(exact):
        words = "the port does not mask: it has values where the reference is zero"
        yield Hypothesis("mask", words, residual=lambda p, r: np.where(r == 0.0, 0.0, p - r))
    if 0 < np.count_nonzero(port) < len(port):
        words = "the port masks too much: it is zero where the reference has values"
        yield Hypothesis("mask", words, residual=lambda p, r: np.where(p == 0.0, 0.0, p - r))


def _scale(exact: Floats, function: Function) -> tuple[float, float]:
    """How much larger the function's values are than the reference's, as rms and as the largest: so is their noise."""
    with np.errstate(all="ignore"):
        values = function(exact)
    sizes = [(np.sqrt(np.mean(side**2)), np.abs(side).max()) for side in (values, exact)]
    (rms, largest), (exact_rms, exact_largest) = sizes
    ratios = rms / exact_rms if exact_rms else 1.0, largest / exact_largest if exact_largest else 1.0
    return tuple(ratio if np.isfinite(ratio) and ratio > 0 else 1.0 for ratio in ratios)  # type: ignore[return-value]

"""How far a tensor is from what has to hold of it on both sides, whatever the other side says."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from workbench.model.session import Invariant

Floats = NDArray[np.float64]
UNIT = 2.0**-24
"""Half the distance from 1 to the next float32."""
SLACK = 16.0


def violation(invariant: Invariant, tensor: np.ndarray) -> float:
    """Return the largest amount by which a tensor breaks an invariant, in its own unit; infinite where it cannot hold.

    float64 arithmetic. A tensor without elements breaks nothing; one of a wrong shape, or with NaN, breaks all.
    """
    values = tensor.astype(np.float64)
    try:
        off = _RULES[invariant.rule](values, invariant)
    except (ValueError, IndexError):
        return float("inf")
    worst = float(np.max(np.abs(off), initial=0.0))
    return worst if np.isfinite(worst) else float("inf")


def tolerance(invariant: Invariant, reference: np.ndarray) -> float:
    """Return what an invariant may be off by: as declared, else 16 roundings of the reference's largest element."""
    largest = float(np.max(np.abs(reference.astype(np.float64)), initial=0.0))
    return invariant.tolerance or SLACK * UNIT * max(largest, 1.0)


def _zero_diagonal(values: Floats, invariant: Invariant) -> Floats:
    if values.ndim < 2 or values.shape[-1] != values.shape[-2]:
        raise ValueError(values.shape)
    return np.diagonal(values, axis1=-2, axis2=-1)


def _symmetric(values: Floats, invariant: Invariant) -> Floats:
    return values - np.swapaxes(values, -1, -2)


def _within(values: Floats, invariant: Invariant) -> Floats:
    low, high = invariant.range
    # Not np.maximum with 0 first: it would hide a NaN.
    return np.where(values < low, low - values, np.where(values > high, values - high, values * 0.0))


def _unit_norm(values: Floats, invariant: Invariant) -> Floats:
    return np.asarray(np.linalg.norm(values, axis=invariant.axis) - 1.0)


def _sums_to_one(values: Floats, invariant: Invariant) -> Floats:
    return np.asarray(values.sum(axis=invariant.axis) - 1.0)


_RULES: dict[str, Callable[[Floats, Invariant], Floats]] = {
    "zero diagonal": _zero_diagonal,
    "symmetric": _symmetric,
    "within": _within,
    "unit norm": _unit_norm,
    "sums to one": _sums_to_one,
}

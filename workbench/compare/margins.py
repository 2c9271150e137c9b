"""The margin rule: a choice among classes may go the other way only where the reference itself hardly chose."""

import numpy as np


def widest_margin(actual: np.ndarray, expected: np.ndarray, logits: np.ndarray) -> float | None:
    """Return the reference's widest top-two margin among the positions where two integer tensors differ.

    `logits` is the reference's, of the integers' shape and a last axis of classes, in floats. None where nothing
    differs or the shapes do not fit; infinite where there is one class, or a margin is not finite.
    """
    if actual.shape != expected.shape or logits.shape[:-1] != expected.shape:
        return None
    chosen = logits[actual != expected].astype(np.float64)
    if not len(chosen):
        return None
    if chosen.shape[-1] < 2:
        return float("inf")
    second, first = np.partition(chosen, -2, axis=-1)[:, -2:].T
    margin = float(np.max(first - second))
    return margin if np.isfinite(margin) else float("inf")

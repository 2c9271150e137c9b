"""Hypotheses about the order of channels, heads, chunks, frames and batch rows."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from workbench.causes.hypothesis import Floats, Hypothesis
from workbench.causes.pair import Pair
from workbench.causes.places import divisions

FEATURES = 8
"""Elements of each chunk by which it is recognised."""
MOST = 1024
"""Chunks of an axis that are told apart."""
REPEATED = 64
"""Of so many chunks some may be there twice."""
FEW = 8
Order = NDArray[np.intp]


def orders(pair: Pair) -> Iterator[Hypothesis]:
    """For every axis and number of chunks, the coarsest first: the order in which the port has the reference's."""
    shape = pair.reference.shape
    whole = [(axis, length) for axis, length in enumerate(shape) if 1 < length <= MOST]
    for axis, chunks in [*divisions(shape), *whole]:
        split = (*shape[:axis], chunks, shape[axis] // chunks, *shape[axis + 1 :])
        matched = _matched(pair, split, axis)
        if matched is not None:
            yield _ordered(split, axis, *matched)


def _matched(pair: Pair, split: tuple[int, ...], axis: int) -> tuple[Order, bool] | None:
    """For each chunk of the reference the port's chunk that equals it (True), else the other way round (False)."""
    port, exact = _features(pair, split, axis)
    near = pair.factor.max * pair.floor.max
    if len(port) > REPEATED and np.abs(np.sort(port[:, 0]) - np.sort(exact[:, 0])).max() > near:
        return None
    far = np.zeros((len(port), len(port)))
    for feature in range(FEATURES):
        np.maximum(far, np.abs(port[:, feature, None] - exact[None, :, feature]), out=far)
    if (far.min(axis=1) > near).any():
        return None
    np.fill_diagonal(far, np.where(far.diagonal() <= near, -1.0, far.diagonal()))
    taken, given, itself = far.argmin(axis=0), far.argmin(axis=1), np.arange(len(far))
    if (given == itself).all():
        return None
    return (taken, True) if (np.sort(taken) == itself).all() else (given, False)


def _features(pair: Pair, split: tuple[int, ...], axis: int) -> tuple[Floats, Floats]:
    random = np.random.default_rng(split[axis])
    places = [random.integers(0, length, (1, FEATURES)) for length in split]
    places[axis] = np.arange(split[axis])[:, None]
    port, reference, noise = (side.reshape(split)[tuple(places)] for side in (pair.port, pair.reference, pair.noise))
    return port.astype(float), reference.astype(float) - noise


def _ordered(split: tuple[int, ...], axis: int, order: Order, moved: bool) -> Hypothesis:
    def view(tensor: Floats) -> Floats:
        return tensor.reshape(split)

    chunks, single = len(order), split[axis + 1] == 1
    what = _names(axis, single, chunks)
    if moved:
        words = f"{what} of the port's output {_description(order)}"
        return Hypothesis("order", words, port=view, reference=view, order=(axis, order))
    words = f"{what} of the port's output are the reference's {_listed(order)}, some of them twice"
    return Hypothesis("repetition", words, port=view, reference=lambda tensor: np.take(view(tensor), order, axis=axis))


def _names(axis: int, single: bool, chunks: int) -> str:
    if not single:
        return f"the {chunks} chunks along axis {axis}"
    return "the batch rows" if axis == 0 and chunks <= FEW else f"the slices along axis {axis}"


def _description(order: Order) -> str:
    count, moved = len(order), np.flatnonzero(order != np.arange(len(order)))
    if len(moved) == 2:
        return f"are swapped: {moved[0]} and {moved[1]}"
    if (order == np.arange(count)[::-1]).all():
        return "are reversed"
    steps = np.unique((order - np.arange(count)) % count)
    if len(steps) == 1:
        return f"are rolled by {steps[0]}"
    return f"are the reference's {_listed(np.argsort(order))}"


def _listed(order: Order) -> str:
    first = ", ".join(map(str, order[:FEW]))
    return first if len(order) <= FEW else f"{first}, …"

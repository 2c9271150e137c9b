"""Hypotheses about frames: earlier or later by n along an axis, or in reverse."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from workbench.causes.hypothesis import Floats, Hypothesis, View
from workbench.causes.orders import MOST
from workbench.causes.pair import Pair

SMALL = (1, -1, 2, -2, 3, -3, 4, -4)
SHORTEST = 4
LINES = 4
WRAPS = "it wraps around"
LONGEST_LINE = 1 << 15
"""Elements of a line that the shift is read from."""


def shifts(pair: Pair) -> Iterator[Hypothesis]:
    """The small shifts along every axis, and the one at which both sides correlate best.

    What wraps around is an order, unless the axis is too long for `orders`.
    """
    for axis, length in enumerate(pair.reference.shape):
        if length >= SHORTEST:
            likely = dict.fromkeys((*SMALL, _lag(pair, axis)))
            tried = (_shifted(pair, axis, n) for n in likely if 0 < abs(n) < length / 2)
            yield from (each for each in tried if length > MOST or not each.words.endswith(WRAPS))


def reversals(pair: Pair) -> Iterator[Hypothesis]:
    """The order along an axis is reversed; two slices are swapped, which `orders` finds."""
    for axis, length in enumerate(pair.reference.shape):
        if length > 2:
            words = f"the port's output is reversed along axis {axis}"
            yield Hypothesis("order", words, port=partial(np.flip, axis=axis))


def _shifted(pair: Pair, axis: int, n: int) -> Hypothesis:
    """Compare where both sides have the same frame; the other frames of the port give the edge's name."""
    later, earlier = _slice(axis, abs(n), None), _slice(axis, None, -abs(n))
    port, reference = (later, earlier) if n > 0 else (earlier, later)
    words = f"the port is {abs(n)} {'late' if n > 0 else 'early'} along axis {axis}"
    guess = Hypothesis("shift", words, str(abs(n)), n, port=port, reference=reference)
    if pair.at_floor(pair.glance(guess)):
        return replace(guess, words=f"{words}; {_edge(pair, axis, n)}")
    return guess


def _edge(pair: Pair, axis: int, n: int) -> str:
    size = abs(n)
    first, last = _slice(axis, None, size), _slice(axis, -size, None)
    here, there = (first, last) if n > 0 else (last, first)
    edge = here(pair.port)
    near = 8 * pair.floor.max
    where = f"its {'first' if n > 0 else 'last'} {size if size > 1 else 'one'}"
    if not edge.any():
        return f"{where} {'are' if size > 1 else 'is'} zero"
    if np.abs(edge - there(pair.reference)).max() <= near:
        return WRAPS
    nearest = _slice(axis, None, 1) if n > 0 else _slice(axis, -1, None)
    if np.abs(edge - nearest(pair.reference)).max() <= near:
        return f"{where} repeat the edge" if size > 1 else f"{where} repeats the edge"
    return f"{where} could not be compared"


def _lag(pair: Pair, axis: int) -> int:
    """The shift of the port against the reference with the largest correlation, over a few lines along the axis."""
    length = min(pair.reference.shape[axis], LONGEST_LINE)
    port, reference = (np.moveaxis(side, axis, -1) for side in (pair.port, pair.reference))
    lines = np.random.default_rng(axis).integers(0, max(port[..., 0].size, 1), LINES)
    places = np.unravel_index(lines, port.shape[:-1]) if port.ndim > 1 else (None,)
    sides = [np.fft.rfft(_centred(side[places][..., :length]), 2 * length) for side in (port, reference)]
    correlation = np.fft.irfft((sides[0] * sides[1].conj()).sum(0), 2 * length)
    lag = int(correlation.argmax())
    return lag if lag < length else lag - 2 * length


def _centred(lines: Floats) -> Floats:
    lines = lines.astype(float).reshape(-1, lines.shape[-1])
    return np.asarray(lines - lines.mean(axis=1, keepdims=True))


def _slice(axis: int, start: int | None, stop: int | None) -> View:
    cut = (*(slice(None) for _ in range(axis)), slice(start, stop))
    return lambda tensor: tensor[cut]

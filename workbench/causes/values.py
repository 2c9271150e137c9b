"""Hypotheses about single elements: factors and offsets."""

from collections.abc import Iterator

import numpy as np

from workbench.causes.constants import Constant, gains, nearest, offsets, text
from workbench.causes.hypothesis import Floats, Hypothesis
from workbench.causes.pair import SPARE, Pair

LARGEST_OFFSET = 16.0
"""Beyond so many times the reference's rms, an offset drowns what it is added to."""


def linear(pair: Pair) -> Iterator[Hypothesis]:
    """A constant in place of the output, another sign, a factor, an offset, then both."""
    port, exact = pair.sample
    if len(port) > SPARE and np.ptp(port) == 0 and pair.port_range[0] == pair.port_range[1]:
        yield _constant(float(port[0]))
        return
    yield Hypothesis("sign", "the port's output has the opposite sign", residual=np.add)
    yield from _linear(pair, _gain_of(port, exact), 0.0)
    yield from _linear(pair, 1.0, float(np.mean(port - exact)))
    yield from _linear(pair, *_line(port, exact))


def _constant(value: float) -> Hypothesis:
    words = "zero" if value == 0 else text(value)
    return Hypothesis(
        "constant", f"the port's output is {words} throughout", words, value, residual=lambda port, _: port - value
    )


def _linear(pair: Pair, gain: float, offset: float) -> Iterator[Hypothesis]:
    """The relation port = gain·reference + offset with its numbers as constants if that holds, else as fitted."""
    count, fitted = len(pair.sample[0]), 1 + (gain != 1.0 and offset != 0.0)
    if count < SPARE + fitted or not np.isfinite([gain, offset]).all() or abs(gain) < 1e-12:
        return
    named = _relation(pair, _named_gain(pair, gain), _named_offset(offset))
    yield named if pair.at_floor(pair.glance(named)) else _relation(pair, _fitted(gain), _fitted(offset, "offset"))


def _relation(pair: Pair, gain: Constant, offset: Constant) -> Hypothesis:
    def residual(port: Floats, exact: Floats) -> Floats:
        return (port - offset.value) / gain.value - exact

    if offset.value == 0.0:
        words = f"the port's output is {_times(gain)} the reference's" + (f": {gain.words}" if gain.words else "")
        return Hypothesis(gain.family, words, gain.name, gain.value, residual=residual)
    scale = _offset_scale(pair, offset.value / gain.value)
    if gain.value == 1.0:
        more = "more" if offset.value > 0 else "less"
        words = f"the port's output is {offset.name.lstrip('−')} {more} than the reference's"
        return Hypothesis("offset", words, offset.name, offset.value, residual=residual, scale=scale)
    sign, size = "+" if offset.value > 0 else "−", offset.name.lstrip("−")
    words = f"the port's output is {_times(gain)} the reference's {sign} {size}"
    return Hypothesis("affine", words, f"{gain.name}, {offset.name}", gain.value, residual=residual, scale=scale)


def _offset_scale(pair: Pair, offset: float) -> tuple[float, float]:
    """What the port's own rounding grows by when its values are further from zero than the reference's."""
    exact = pair.sample[1]
    sizes = float(np.sqrt(np.mean(exact**2))), float(np.abs(exact).max())
    grown = tuple(1.0 + min(abs(offset) / size, LARGEST_OFFSET) if size else 1.0 for size in sizes)
    return grown[0], grown[1]


def _gain_of(port: Floats, exact: Floats) -> float:
    square = float(np.dot(exact, exact))
    return float(np.dot(port, exact)) / square if square else np.nan


def _line(port: Floats, exact: Floats) -> tuple[float, float]:
    middle = exact - exact.mean()
    gain = _gain_of(port, middle)
    return gain, float(port.mean() - gain * exact.mean())


def _named_gain(pair: Pair, gain: float) -> Constant:
    if abs(gain - 1.0) < 1e-12:
        return Constant(1.0, "1")
    found = nearest(abs(gain), gains(pair.reference.shape))
    if found is None:
        return _fitted(gain)
    return found if gain > 0 else Constant(-found.value, f"−{found.name}", found.family, found.words)


def _named_offset(offset: float) -> Constant:
    return (nearest(offset, offsets()) if offset else None) or _fitted(offset, "offset")


def _fitted(value: float, family: str = "gain") -> Constant:
    return Constant(value, text(value), family)


def _times(gain: Constant) -> str:
    return {"2": "twice", "1/2": "half"}.get(gain.name, f"{gain.name} ×")

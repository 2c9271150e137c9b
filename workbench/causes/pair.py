"""The port's tensor beside the reference's exact one, and the error that a hypothesis leaves between them."""

from collections.abc import Iterator
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from workbench.causes.hypothesis import Floats, Hypothesis
from workbench.model.cause import Remaining
from workbench.model.session import Factor

SAMPLE = 4096
GLANCE = 256
BLOCK = 1 << 18
SEED = 7
SPARE = 4
"""Elements that there must be beyond the numbers that are fitted to them."""
UNBOUNDED = 1e99
_Noise = NDArray[np.float32]


class Pair:
    """`port` and `reference` (float32 or float64, contiguous), the exact tensor being `reference` − `noise`.

    `floor` is the absolute noise that the reference itself has, as rms and as the largest element (both > 0); an
    error is at the floor when it is within `factor` of it. Where the shapes differ, a hypothesis has to mend that.
    """

    def __init__(
        self, port: Floats, reference: Floats, noise: _Noise | None, floor: Remaining, factor: Factor | None = None
    ) -> None:
        self.port, self.reference = np.atleast_1d(port, reference)
        noise = np.broadcast_to(np.float32(0), reference.shape) if noise is None else noise
        self.noise = np.atleast_1d(noise)
        self.floor, self.factor = floor, factor or Factor()
        self._places: dict[tuple[tuple[int, ...], int], tuple[np.ndarray, ...]] = {}

    @property
    def same_shape(self) -> bool:
        """Whether the elements face each other as they are."""
        return self.port.shape == self.reference.shape

    @cached_property
    def error(self) -> Floats:
        """|port − exact|, in float32 where both sides are: the difference of near numbers is exact there.

        Infinite where one side is not a number that the other is; 0 where both are the same infinity or NaN.
        """
        with np.errstate(invalid="ignore"):
            difference = np.subtract(self.port, self.reference)
        difference += self.noise
        if not self.finite:
            same = (self.port == self.reference) | (np.isnan(self.port) & np.isnan(self.reference))
            difference[same] = 0.0
            difference[np.isnan(difference)] = np.inf
        return np.asarray(np.abs(difference, out=difference))

    @cached_property
    def finite(self) -> bool:
        """Whether neither side holds NaN or an infinity."""
        return bool(np.isfinite([*self.port_range, *self.reference_range]).all())

    @cached_property
    def before(self) -> Remaining:
        """What the port is off by, in × floor."""
        if not self.same_shape:
            return Remaining(UNBOUNDED, UNBOUNDED)
        return self._size([self.error])

    def outside(self, axis: int, start: int, stop: int) -> Remaining:
        """What the port is off by, in × floor, but for the indices `start` to `stop` − 1 of an axis."""
        error = np.moveaxis(self.error, axis, 0)
        return self._size([error[:start], error[stop:]])

    @cached_property
    def sample(self) -> tuple[Floats, Floats]:
        """Elements of the port and of the exact tensor in float64, the worst one included."""
        places = self._sampled(self.port.shape, SAMPLE)
        worst = np.unravel_index(int(self.error.argmax()), self.port.shape)
        places = tuple(np.append(axis, at) for axis, at in zip(places, worst, strict=True))
        return self.port[places].astype(float), self.reference[places].astype(float) - self.noise[places]

    @cached_property
    def port_range(self) -> tuple[float, float]:
        """The least and the largest value of the port."""
        return float(self.port.min()), float(self.port.max())

    @cached_property
    def reference_range(self) -> tuple[float, float]:
        """The least and the largest value of the reference."""
        return float(self.reference.min()), float(self.reference.max())

    def glance(self, hypothesis: Hypothesis) -> Remaining:
        """The error that a hypothesis leaves in a sample, in × floor: the largest is one that the whole has too."""
        if hypothesis.by_element:
            return self._remaining([self.sample], hypothesis)
        port, exact = self._views(hypothesis)
        places = self._sampled(exact[0].shape, GLANCE)
        port_places = hypothesis.gather(places)
        return self._remaining([(port[port_places], exact[0][places] - exact[1][places].astype(float))], hypothesis)

    def whole(self, hypothesis: Hypothesis) -> Remaining:
        """The error that a hypothesis leaves, in × floor; counting ends where it is known to be over the factor."""
        port, (reference, noise) = self._views(hypothesis)
        port = hypothesis.take(port)
        return self._remaining(_blocks(port, reference, noise), hypothesis)

    def at_floor(self, error: Remaining) -> bool:
        """Whether an error is within the factor."""
        return error.rms <= self.factor.rms and error.max <= self.factor.max

    def _views(self, hypothesis: Hypothesis) -> tuple[Floats, tuple[Floats, Floats]]:
        see = hypothesis.reference
        return hypothesis.port(self.port), (see(self.reference), see(self.noise))

    def _sampled(self, shape: tuple[int, ...], count: int) -> tuple[np.ndarray, ...]:
        key = shape, count
        if key not in self._places:
            size = prod(shape)
            flat = np.arange(size) if size <= count else np.random.default_rng(SEED).integers(0, size, count)
            self._places[key] = np.unravel_index(flat, shape)
        return self._places[key]

    def _remaining(
        self, blocks: "list[tuple[Floats, Floats]] | Iterator[tuple[Floats, Floats]]", h: Hypothesis
    ) -> Remaining:
        squares, largest, count = 0.0, 0.0, 0
        limit = self.factor.max * self.floor.max * h.scale[1]
        for port, exact in blocks:
            with np.errstate(all="ignore"):
                left = np.abs(h.residual(port, exact)).reshape(-1)
                top = float(left.max(initial=0.0))
                squares += float(np.dot(left, left)) if np.isfinite(top) else np.inf
            largest = max(largest, top) if np.isfinite(top) else np.inf
            count += left.size
            if largest > limit:
                break
        return self._in_floors((squares / max(count, 1)) ** 0.5, largest, h.scale)

    def _size(self, errors: list[Floats]) -> Remaining:
        largest = max(float(error.max(initial=0.0)) for error in errors)
        unit = largest if 1e-15 < largest < 1e15 else 1.0
        flat = [error.reshape(-1) / np.float32(unit) for error in errors]
        squares = sum(float(np.dot(error, error)) for error in flat)
        rms = unit * (squares / max(sum(error.size for error in errors), 1)) ** 0.5
        return self._in_floors(rms, largest, (1.0, 1.0))

    def _in_floors(self, rms: float, largest: float, scale: tuple[float, float]) -> Remaining:
        # A scale that numpy computed would make a float64 of it, which the event log cannot write.
        times = (rms / (self.floor.rms * scale[0]), largest / (self.floor.max * scale[1]))
        return Remaining(*(min(float(each), UNBOUNDED) for each in times))


def _blocks(port: Floats, reference: Floats, noise: Floats) -> Iterator[tuple[Floats, Floats]]:
    while port.ndim > 1 and len(port) == 1:
        port, reference, noise = port[0], reference[0], noise[0]
    if port.ndim == 0:
        port, reference, noise = port[None], reference[None], noise[None]
    rows = max(1, BLOCK * len(port) // max(port.size, 1))
    for start in range(0, len(port), rows):
        rest = slice(start, start + rows)
        yield port[rest].astype(float), reference[rest].astype(float) - noise[rest]

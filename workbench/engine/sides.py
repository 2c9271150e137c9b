"""One tensor of A beside one of B: laid out alike, read in parts, measured."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from einops import EinopsError, rearrange

from workbench.causes.pair import Pair
from workbench.compare.floor import Noise
from workbench.compare.metrics import compare
from workbench.compare.parts import Total
from workbench.engine.elements import common, problem_of
from workbench.model.cause import Remaining
from workbench.model.session import Factor
from workbench.native.dtypes import SIZE, widened
from workbench.native.mapped import Tensor, release

PART = 1 << 22
"""Elements that are compared at a time."""


@dataclass(frozen=True)
class Sides:
    """A's tensor as an array in B's layout, B's tensor, and the exact one where there is a floor.

    `problem` says why the two cannot be compared; it is empty where they can.
    """

    dtype: str
    actual: np.ndarray
    expected: Tensor
    exact: Tensor | None
    problem: str

    @property
    def bytes(self) -> int:
        """What one side takes in the dtype that holds both."""
        return SIZE[self._kind] * self.actual.size

    def measure(self) -> tuple[Total, Noise | None]:
        """Return A's error (against the exact tensor where there is one), and the floor's ingredients."""
        error, noise = Total(), Total()
        for actual, expected, exact in self._parts():
            distance = None
            if exact is not None:
                wide = widened(expected, self._kind, "f64")
                noise.add(compare(wide, exact, "f64", exact.shape))
                distance = _distance(wide, exact)
            error.add(compare(actual, expected, self._kind, expected.shape, distance))
        return error, error.noise(noise) if self.exact else None

    def sizes(self) -> tuple[float, float]:
        """Return rms and the largest magnitude of B's tensor, over what is finite."""
        values = widened(self.expected.flat, self.expected.dtype, "f64")
        values = np.abs(values[np.isfinite(values)])
        return float(np.sqrt(np.mean(values**2))) if values.size else 0.0, float(values.max(initial=0.0))

    def pair(self, floor: Remaining, factor: Factor) -> Pair:
        """Return both sides for the search of a cause; they have to fit into memory several times."""
        kind = "f64" if self._kind == "f64" else "f32"
        actual = np.ascontiguousarray(widened(np.ascontiguousarray(self.actual), self.dtype, kind))
        expected = widened(self.expected.flat, self.expected.dtype, kind).reshape(self.expected.shape)
        if self.exact is None:
            return Pair(actual, expected, None, floor, factor)
        exact = widened(self.exact.flat, self.exact.dtype, "f64").reshape(self.expected.shape)
        return Pair(actual, expected, _distance(expected, exact), floor, factor)

    @property
    def _kind(self) -> str:
        return common(self.dtype, self.expected.dtype)

    def _parts(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
        actual = self.actual.reshape(-1) if self.actual.flags.c_contiguous else self.actual.flat
        for start in range(0, self.actual.size, PART):
            part = slice(start, start + PART)
            exact = widened(self.exact.flat[part], self.exact.dtype, "f64") if self.exact else None
            left = widened(actual[part], self.dtype, self._kind)
            yield left, widened(self.expected.flat[part], self.expected.dtype, self._kind), exact
            self._release()

    def _release(self) -> None:
        for array in (self.actual, self.expected.bytes, *([self.exact.bytes] if self.exact else [])):
            release(array)


def sides(a: Tensor, b: Tensor, exact: Tensor | None, layout: str) -> Sides:
    """Return two tensors for comparison; `layout` is einops' pattern from A's axes to B's, or empty."""
    try:
        actual = rearrange(a.array, layout) if layout else a.array
    except EinopsError as error:
        first = str(error).strip().splitlines()[-1].strip()
        return Sides(a.dtype, a.array, b, exact, f"the layout `{layout}` does not fit shape {a.shape}: {first}")
    problem = problem_of(a.dtype, tuple(actual.shape), b.dtype, b.shape)
    return Sides(a.dtype, actual, b, exact, problem)


def _distance(reference: np.ndarray, exact: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.subtract(reference, exact, dtype=np.float64), np.float32)

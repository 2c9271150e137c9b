"""Where an error sits and what it looks like: descriptions for when nothing explains it, or only a part of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.causes.pair import Pair
from workbench.causes.places import divisions
from workbench.model.cause import Finding

EDGE = 0.25
"""An error that reaches further in than this share of an axis is not at its edge."""
SMALLEST_CHUNK = 4
MANTISSAS = (("bf16", 8), ("f16 or tf32", 11))
"""Lower precisions by the bits of their significand."""
FEWEST = 16
UNIFORM = 3**-0.5
"""The rms of a rounding error over its largest value."""


@dataclass(frozen=True)
class Slice:
    """The only part of an axis that is off: indices `start` to `stop` − 1."""

    axis: int
    start: int
    stop: int
    words: str


def findings(pair: Pair) -> tuple[Finding, ...]:
    """All that can be said of the error."""
    bad = bad_indices(pair)
    found = [Finding("slice", f"all of the error is {part.words}") for part in slices(pair, bad)]
    rounding = _precisions(pair) if pair.finite else ()
    return (*found, *_edges(pair, bad), *_boundaries(pair, bad), *rounding)


def bad_indices(pair: Pair) -> list[NDArray[np.intp]]:
    """For every axis the indices at which something is over the factor of the floor."""
    limit = pair.factor.max * pair.floor.max
    axes = range(pair.error.ndim)
    largest = (pair.error.max(axis=tuple(other for other in axes if other != axis)) for axis in axes)
    return [np.flatnonzero(~(values <= limit)) for values in largest]


def slices(pair: Pair, bad: list[NDArray[np.intp]]) -> Iterator[Slice]:
    """The one index, or the one chunk, of an axis where all of the error is."""
    shape = pair.error.shape
    for axis, indices in enumerate(bad):
        if shape[axis] < 2 or not len(indices):
            continue
        first, last = int(indices[0]), int(indices[-1])
        if first == last:
            where = f"in batch row {first}" if axis == 0 and len(shape) > 1 else f"at index {first} of axis {axis}"
            yield Slice(axis, first, first + 1, where)
            continue
        for _, parts in [each for each in divisions(shape) if each[0] == axis]:
            size = shape[axis] // parts
            if size >= SMALLEST_CHUNK and first % size == 0 and last + 1 - first == size:
                words = f"in chunk {first // size} of {parts} along axis {axis} (indices {first} to {last})"
                yield Slice(axis, first, last + 1, words)


def _edges(pair: Pair, bad: list[NDArray[np.intp]]) -> Iterator[Finding]:
    for axis, indices in enumerate(bad):
        length = pair.error.shape[axis]
        deepest = int(EDGE * length)
        if not len(indices) or not deepest:
            continue
        front, back = indices[indices < length / 2], indices[indices >= length / 2]
        reach = [int(front.max()) + 1 if len(front) else 0, length - int(back.min()) if len(back) else 0]
        if max(reach) <= deepest:
            ends = [f"the {end} {k}" for end, k in zip(("first", "last"), reach, strict=True) if k]
            yield Finding(
                "edge", f"all of the error is in {' and '.join(ends)} of {length} along axis {axis} (padding?)"
            )


def _boundaries(pair: Pair, bad: list[NDArray[np.intp]]) -> Iterator[Finding]:
    """The error lies within two indices of where whole slices of the reference begin or cease to be zero."""
    for axis, indices in enumerate(bad):
        others = tuple(other for other in range(pair.error.ndim) if other != axis)
        masked = ~pair.reference.any(axis=others)
        steps = np.flatnonzero(np.diff(masked.astype(int)))
        if not len(indices) or not len(steps) or len(indices) > pair.error.shape[axis] * EDGE:
            continue
        distance = np.abs(indices[:, None] - (steps[None, :] + 0.5)).min(axis=1)
        if distance.max() <= 1.5:
            where = ", ".join(str(step + 1) for step in steps[:4])
            yield Finding(
                "mask boundary", f"all of the error is where a mask begins or ends along axis {axis}: at {where}"
            )


def _precisions(pair: Pair) -> Iterator[Finding]:
    """Every element is off by as much as rounding to fewer bits makes it, evenly spread."""
    port, exact = pair.sample
    error, exponent = np.abs(port - exact), np.frexp(exact)[1]
    for name, bits in MANTISSAS:
        half = np.exp2(exponent - bits - 1.0)
        # Of smaller elements the noise alone may be off by more than half a unit in the last place.
        large = (half > pair.factor.max * pair.floor.max) & (exact != 0.0)
        relative = error[large] / (half[large] + pair.factor.max * pair.floor.max)
        if np.count_nonzero(large) < FEWEST or (relative > 1.0).any():
            continue
        if 0.8 < float(np.sqrt(np.mean((error[large] / half[large]) ** 2))) / UNIFORM < 1.2:
            yield Finding("low precision", f"the error is that of rounding to {name}")

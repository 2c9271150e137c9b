"""One tensor of the port against the reference, in the form that is sent."""

import itertools
import math
from functools import lru_cache

import numpy as np

from workbench.compare import compare
from workbench.native.captures import Expected
from workbench.native.dtypes import NUMPY, SIZE, common, convert, same_class
from workbench.native.protocol import UNBOUNDED, Measured

LOWEST_EXPONENT = -60
BINS = 64
AROUND = 2


def problem_of(dtype: str, shape: tuple[int, ...], size: int, expected: Expected) -> str:
    """Return why a tensor of `size` bytes cannot be compared, in one sentence; empty when it can."""
    reference = expected.tensor
    if shape != reference.shape:
        return f"shape {_text(shape)}, the reference has {_text(reference.shape)}"
    if dtype not in NUMPY:
        return f"dtype {dtype!r}, which the workbench does not know"
    if not same_class(dtype, reference.dtype):
        return f"dtype {dtype}, the reference has {reference.dtype}"
    needed = SIZE[dtype] * math.prod(shape)
    return "" if size == needed else f"{size} bytes, but {dtype} of shape {_text(shape)} has {needed}"


def measure(actual: np.ndarray, dtype: str, expected: Expected) -> Measured:
    """Compare flat elements of `dtype` (in its NUMPY type) with what `problem_of` found comparable."""
    reference = expected.tensor
    kind = common(dtype, reference.dtype)
    left = convert(actual, dtype, kind)
    right = convert(reference.flat, reference.dtype, kind)
    noise = expected.noise
    metrics = compare(left, right, kind, reference.shape, None if noise is None else noise.bytes)
    start, histogram = _trimmed(metrics.exponent_histogram)
    index = tuple(metrics.worst_index or ())
    atol, rtol = metrics.min_tolerance
    return Measured(
        rms=_bounded(metrics.rms),
        max_abs=_bounded(metrics.max_abs),
        relative=_bounded(_ratio(metrics.rms, metrics.expected_rms)),
        bias=_bounded(metrics.bias),
        cosine=metrics.cosine,
        snr_db=_bounded(metrics.snr_db),
        atol=_bounded(atol),
        rtol=_bounded(rtol),
        count=metrics.count,
        differing=metrics.differing,
        zeros=metrics.zeros,
        nonfinite=metrics.nonfinite_mismatch,
        nan=metrics.nan_actual,
        inf=metrics.inf_actual,
        worst_index=index,
        worst_actual=metrics.worst_actual,
        worst_expected=metrics.worst_expected,
        neighbours=_neighbours(left, right, kind, expected, index),
        histogram_start=start,
        histogram=histogram,
        profile=_binned(metrics.profile),
    )


def _neighbours(
    actual: np.ndarray, reference: np.ndarray, kind: str, expected: Expected, index: tuple[int, ...]
) -> tuple[tuple[int, float, float], ...]:
    """Read what lies around the worst element; elements that are not finite are left out."""
    if not index:
        return ()
    length, last = expected.tensor.shape[-1], index[-1]
    row = _flat(index, expected.tensor.shape) - last
    first, end = max(0, last - AROUND), min(length, last + AROUND + 1)
    around = slice(row + first, row + end)
    left, right = _values(actual[around], kind), _values(reference[around], kind)
    if expected.noise is not None:
        noise = expected.noise.flat[around].tolist()
        right = [value - distance for value, distance in zip(right, noise, strict=True)]
    rows = zip(range(first, end), left, right, strict=True)
    return tuple(row for row in rows if math.isfinite(row[1]) and math.isfinite(row[2]))


def _values(elements: np.ndarray, kind: str) -> list[float]:
    values: list[float] = (convert(elements, kind, "f32") if kind == "bf16" else elements).tolist()
    return values


def _flat(index: tuple[int, ...], shape: tuple[int, ...]) -> int:
    flat = 0
    for position, length in zip(index, shape, strict=True):
        flat = flat * length + position
    return flat


def _trimmed(histogram: list[int]) -> tuple[int, tuple[int, ...]]:
    """Return the exponent of the first bin that holds something, and the bins from there to the last such."""
    filled = [bin for bin, count in enumerate(histogram) if count]
    if not filled:
        return 0, ()
    return LOWEST_EXPONENT + filled[0], tuple(histogram[filled[0] : filled[-1] + 1])


def _binned(profile: list[list[float]]) -> tuple[tuple[float, ...], ...]:
    """Return the rms errors along each axis in at most 64 bins; √ of the mean square of what falls into each."""
    starts, widths, ends = _bins(tuple(map(len, profile)))
    squares = np.add.reduceat(np.square(np.array([*itertools.chain(*profile), 0.0])), starts)[:-1]
    values = np.minimum(np.sqrt(squares / widths), UNBOUNDED).tolist()
    return tuple(tuple(values[begin:end]) for begin, end in itertools.pairwise(ends))


@lru_cache
def _bins(lengths: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Where each bin begins in the axes laid end to end (and where they end), how wide it is; each axis' first."""
    counts = [min(BINS, length) for length in lengths]
    offsets = itertools.accumulate(lengths, initial=0)
    starts = [
        offset - (-bin * length // count)
        for offset, length, count in zip(offsets, lengths, counts, strict=False)
        for bin in range(count)
    ]
    edges = np.array([*starts, sum(lengths)])
    return edges, np.diff(edges), list(itertools.accumulate(counts, initial=0))


def _ratio(error: float, size: float) -> float:
    if error == 0.0:
        return 0.0
    return error / size if size else UNBOUNDED


def _bounded(value: float) -> float:
    return max(-UNBOUNDED, min(UNBOUNDED, value))


def _text(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "scalar"

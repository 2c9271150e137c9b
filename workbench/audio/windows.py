"""Sounds in short pieces: what a mean over all of one would hide."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]
WINDOW = 0.02
"""Seconds that a fault is looked for in: about the shortest that is heard as a sound of its own."""
BLOCK = 0.005
"""Seconds in which a sound may be there or not."""
SILENT = 1e-4
"""rms of a block that counts as silent: −80 dB."""
GONE = 0.1
"""A block with less than this share of the other one's rms is gone."""


def worst(error: Samples, rate: int) -> tuple[int, float]:
    """Return first frame and rms of the loudest 20 ms of `error` [frames] at `rate` Hz; windows overlap by half.

    A sound shorter than that is one window.
    """
    half = max(round(rate * WINDOW / 2), 1)
    power = _power(error, half)
    size = _sizes(len(error), half)
    if len(power) < 2:
        return 0, float(np.sqrt(power.sum() / max(len(error), 1)))
    mean = (power[:-1] + power[1:]) / (size[:-1] + size[1:])
    at = int(np.argmax(mean))
    return at * half, float(np.sqrt(mean[at]))


def silenced(reference: Samples, other: Samples, rate: int) -> int:
    """Return in how many blocks of 5 ms exactly one of two sounds [frames], of equal length, is silent."""
    block = max(round(rate * BLOCK), 1)
    size = _sizes(len(reference), block)
    a, b = (np.sqrt(_power(each, block) / size) for each in (reference, other))
    return int(np.count_nonzero((np.maximum(a, b) > SILENT) & (np.minimum(a, b) < GONE * np.maximum(a, b))))


def _power(samples: Samples, size: int) -> Samples:
    """Return the energy of each piece of `size` frames, the last of which may be shorter."""
    return np.add.reduceat(samples * samples, np.arange(0, len(samples), size)) if len(samples) else np.zeros(0)


def _sizes(frames: int, size: int) -> Samples:
    starts = np.arange(0, frames, size)
    return np.diff(np.append(starts, frames)).astype(np.float64)

"""Sounds as a terminal can draw them: envelopes and log-mel maps, made once and off the screen's thread."""

import numpy as np
from numpy.typing import NDArray

from workbench.audio.spectra import Floats, magnitudes, mel_filters

Bytes = NDArray[np.uint8]
LEVELS = 52
"""Shades of a map; more of them are not told apart and cost more to send."""
RANGE = 80.0
"""dB from the lightest to the darkest shade."""
FULL_DIFFERENCE = 20.0
"""dB between two maps that have the strongest shade of their difference."""
SIZE = 1024
SPREAD = 1.5
"""Power that a Hann window spreads a sinus of power 1 to, over three bins."""


def envelope(samples: NDArray[np.floating], columns: int) -> tuple[Floats, Floats]:
    """Return the smallest and the largest sample [columns] of each of `columns` equal pieces; zeros of no samples."""
    if not len(samples):
        return np.zeros(columns), np.zeros(columns)
    starts = np.minimum(np.arange(columns) * len(samples) // columns, len(samples) - 1)
    wide = samples.astype(np.float64)
    return np.minimum.reduceat(wide, starts), np.maximum.reduceat(wide, starts)


def decibel_map(samples: Floats, rate: int, columns: int, bands: int) -> Floats:
    """Return mel magnitudes in dB [bands, columns] of samples at `rate` Hz, the lowest band first.

    The loudest frame of a column counts. A sinus of full scale has about 0 dB, −120 dB is the least.
    """
    hop = max(len(samples) // (2 * columns), 1)
    power = (magnitudes(samples, SIZE, hop) / (SIZE / 4)) ** 2 / SPREAD
    mels = power @ _unit_filters(rate, bands).T
    starts = np.minimum(np.arange(columns) * len(mels) // columns, len(mels) - 1)
    return 10 * np.log10(np.maximum(np.maximum.reduceat(mels, starts), 1e-12)).T


def _unit_filters(rate: int, bands: int) -> Floats:
    """Return the mel triangles with a peak of 1 each, so that a band shows a sinus by its amplitude."""
    filters = mel_filters(rate, SIZE, bands)
    peaks = filters.max(axis=1, keepdims=True)
    # A band narrower than a bin has none: it shows the bin that is nearest to it.
    nearest = np.eye(filters.shape[1])[_centres(rate, bands)]
    return np.where(peaks > 0, filters / np.where(peaks > 0, peaks, 1.0), nearest)


def _centres(rate: int, bands: int) -> NDArray[np.intp]:
    filters = mel_filters(rate, 64 * SIZE, bands)
    found: NDArray[np.intp] = np.round(filters.argmax(axis=1) / 64).astype(np.intp)
    return found


def shades(decibels: Floats, top: float) -> Bytes:
    """Return a map's shades, 0 to LEVELS − 1: RANGE dB below `top` and less is 0."""
    return _quantised((decibels - top) / RANGE + 1)


def difference_shades(a: Floats, b: Floats, top: float) -> Bytes:
    """Return by how much two maps differ as shades; what both have RANGE below `top` is no difference."""
    floored = [np.maximum(each, top - RANGE) for each in (a, b)]
    return _quantised(np.abs(floored[0] - floored[1]) / FULL_DIFFERENCE)


def _quantised(share: Floats) -> Bytes:
    return np.round(np.clip(share, 0.0, 1.0) * (LEVELS - 1)).astype(np.uint8)

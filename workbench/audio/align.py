"""How much later one sound is than another, and taking that out."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]


def lag(reference: Samples, other: Samples) -> float:
    """Return by how many samples `other` [frames] comes later than `reference` [frames]; 0 where one is silent.

    The largest magnitude of their cross-correlation over all lags (so a flipped polarity hides nothing), by FFT of
    the whole buffers, and the fraction of a parabola through it and its neighbours.
    """
    size = 1 << (len(reference) + len(other)).bit_length()
    spectrum = np.conj(np.fft.rfft(reference, size)) * np.fft.rfft(other, size)
    correlation = np.fft.irfft(spectrum, size)
    peak = int(np.argmax(np.abs(correlation)))
    if correlation[peak] == 0.0:
        return 0.0
    whole = peak if peak < size // 2 else peak - size
    return whole + _fraction(*(float(correlation[(peak + step) % size]) for step in (-1, 0, 1)))


def _fraction(before: float, here: float, after: float) -> float:
    curve = before - 2 * here + after
    return min(max(0.5 * (before - after) / curve, -0.5), 0.5) if curve else 0.0


def overlap(reference: Samples, other: Samples, late: float) -> tuple[Samples, Samples]:
    """Return what both have once `other`, which comes `late` samples later, is moved back; of equal length.

    A fraction of a sample is moved by phase, in a buffer of twice the length.
    """
    whole = round(late)
    a = reference[max(-whole, 0) : max(-whole, 0) + _shared(reference, other, whole)]
    b = _delayed(other, whole - late)[max(whole, 0) : max(whole, 0) + len(a)]
    return a, b


def _shared(reference: Samples, other: Samples, whole: int) -> int:
    return max(min(len(reference) - max(-whole, 0), len(other) - max(whole, 0)), 0)


def _delayed(samples: Samples, later: float) -> Samples:
    """Return the samples `later` by a fraction of a sample: a linear phase, zeros around them."""
    if not later or not len(samples):
        return samples
    size = 1 << (2 * len(samples)).bit_length()
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(size) * later)
    return np.fft.irfft(np.fft.rfft(samples, size) * turn, size)[: len(samples)]

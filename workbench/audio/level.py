"""How loud sounds are, and what makes them equally loud or a difference audible."""

import math

import numpy as np
from numpy.typing import NDArray

from workbench.audio.one import rms

Samples = NDArray[np.float32]
SHORTEST = 0.4
"""Seconds: the block of ITU-R BS.1770; what is shorter has an rms and no loudness."""
PEAK = 0.1
"""Where a boosted difference's peak is to lie: −20 dB of full scale."""
MOST = 60.0
"""dB that a difference is boosted by at most."""


def loudness(samples: Samples, rate: int) -> float:
    """Return integrated loudness in LUFS (ITU-R BS.1770-4), or rms in dB of full scale below 0.4 s; −∞ of silence."""
    level = rms(samples)
    if not level or len(samples) <= SHORTEST * rate:
        return 20 * math.log10(level) if level else -math.inf
    import pyloudnorm

    return float(pyloudnorm.Meter(rate).integrated_loudness(samples.astype(np.float64)))


def match(a: Samples, b: Samples, rate: int) -> tuple[float, float]:
    """Return dB to apply to each so that both are equally loud: the louder is attenuated, 0 where one is silent."""
    apart = loudness(b, rate) - loudness(a, rate)
    if not math.isfinite(apart):
        return 0.0, 0.0
    return min(apart, 0.0), min(-apart, 0.0)


def boost(difference: Samples) -> float:
    """Return the dB that take a difference's peak to −20 dB of full scale: 0 of silence, at most 60."""
    peak = float(np.max(np.abs(difference), initial=0.0))
    return min(max(20 * math.log10(PEAK / peak), 0.0), MOST) if peak else 0.0


def amplified(samples: Samples, decibels: float) -> Samples:
    """Return the samples times a gain, softly limited: half of full scale and less stays as it is, nothing passes 1."""
    loud = samples.astype(np.float64) * 10 ** (decibels / 20)
    size = np.abs(loud)
    over = np.maximum(size - 0.5, 0.0)
    limited = np.sign(loud) * (np.minimum(size, 0.5) + 0.5 * np.tanh(over / 0.5))
    return limited.astype(np.float32)

"""The numbers that a verdict on a sound goes by."""

import numpy as np
from numpy.typing import NDArray

from workbench.audio.null import decibels, null
from workbench.audio.one import rms, sound
from workbench.audio.windows import silenced, worst
from workbench.model.sound import Difference, Numbers

Floats = NDArray[np.floating]
Samples = NDArray[np.float64]


def numbers(reference: Floats, port: Floats, rate: int, noise: Floats | None = None) -> Numbers:
    """Return the numbers of two sounds [frames] at `rate` Hz; there is no difference where one is not finite or longer.

    `noise` [frames] is what the reference is off by itself; it is taken from the reference before anything is compared.
    """
    first, second = sound(reference), sound(port)
    comparable = len(reference) == len(port) > 0 and not first.nonfinite and not second.nonfinite
    return Numbers(rate, first, second, difference(reference, port, rate, noise) if comparable else None)


def difference(reference: Floats, port: Floats, rate: int, noise: Floats | None = None) -> Difference:
    """Return how two finite sounds of equal length differ, in float64; see `numbers`."""
    own = None if noise is None else noise.astype(np.float64)
    a: Samples = reference.astype(np.float64)
    a = a if own is None else a - own
    b: Samples = port.astype(np.float64)
    error = b - a
    at, loudest = worst(error, rate)
    aligned = null(a, b)
    return Difference(
        snr=decibels(rms(a), rms(error)) if error.any() else decibels(1.0, 0.0),
        error=rms(error),
        dc=float(np.mean(error)),
        lag=aligned.lag,
        gain=aligned.gain,
        null=aligned.depth,
        residual=aligned.residual,
        slope=rms(np.diff(a)),
        worst_at=at,
        worst=loudest,
        worst_noise=None if own is None else worst(own, rate)[1],
        worst_rms=worst(a, rate)[1],
        silenced=silenced(a, b, rate),
    )

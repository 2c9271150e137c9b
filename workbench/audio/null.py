"""The null test: what is left of a difference once lag and gain are taken out."""

import math
from dataclasses import dataclass

import numpy as np

from workbench.audio.align import Samples, lag, overlap
from workbench.audio.one import rms
from workbench.model.sound import UNBOUNDED


@dataclass(frozen=True)
class Null:
    """How `other` lies to the reference: samples later, times louder (signed), and what neither explains.

    `depth` is dB of the reference over the `residual` (rms).
    """

    lag: float
    gain: float
    depth: float
    residual: float


def null(reference: Samples, other: Samples) -> Null:
    """Return the null of two sounds [frames] of any lengths, over what both have once they are aligned.

    Of the whole lag and the one with a fraction the one counts that leaves less. gain = ⟨a, b⟩ / ⟨a, a⟩; what is left
    is a − h·b with the h that leaves least, ⟨a, b⟩ / ⟨b, b⟩.
    """
    late = lag(reference, other)
    tried = [_at(reference, other, each) for each in {late, float(round(late))}]
    return min(tried, key=lambda each: each.residual)


def _at(reference: Samples, other: Samples, late: float) -> Null:
    a, b = overlap(reference, other, late)
    residual = rms(a - _share(b, a) * b)
    return Null(late, _share(a, b), decibels(rms(a), residual), residual)


def _share(a: Samples, b: Samples) -> float:
    """Return ⟨a, b⟩ / ⟨a, a⟩: how many times `a` is in `b`."""
    power = float(np.dot(a, a))
    return float(np.dot(a, b)) / power if power else 0.0


def decibels(signal: float, error: float) -> float:
    """Return by how many dB one rms is over another, within ±UNBOUNDED; 0 where there is neither."""
    if signal == error:
        return 0.0
    if not error or not signal:
        return math.copysign(UNBOUNDED, signal - error)
    return 20 * math.log10(signal / error)

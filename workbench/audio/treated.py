"""What is heard of two signals: as they are, or equally loud, or aligned; and their difference, made audible."""

from typing import NamedTuple

import numpy as np

from workbench.audio.align import overlap
from workbench.audio.files import Samples, safe
from workbench.audio.level import amplified, boost, match
from workbench.audio.null import null

COMMON = 1.0
"""dB that aligning has to explain of A; less is the best place of a sound that has none."""


class Treatment(NamedTuple):
    """What a listener asked for; nothing at first, since a difference in level or time is a finding."""

    level: bool = False
    align: bool = False


class Treated(NamedTuple):
    """A, B and their difference, float32 `[frames]` of equal length within ±1, and what was done, in words."""

    sources: tuple[Samples, Samples, Samples]
    said: tuple[str, ...]
    boost: float
    """dB that the difference is louder than it is."""


def treated(a: Samples, b: Samples, rate: int, treatment: Treatment) -> Treated:
    """Return what is heard of two signals at `rate` Hz; the shorter one is padded with silence."""
    said: list[str] = []
    a, b = (_bearable(name, samples, said) for name, samples in (("A", a), ("B", b)))
    if treatment.align:
        b = _aligned(a, b, rate, said)
    if treatment.level:
        a, b = _leveled(a, b, rate, said)
    a, b = _padded(a, b, rate, said)
    difference = a - b
    decibels = boost(difference)
    return Treated((a, b, amplified(difference, decibels)), tuple(said), decibels)


def _bearable(name: str, samples: Samples, said: list[str]) -> Samples:
    bearable, note = safe(samples)
    if note:
        said.append(f"{name}: {note}")
    return bearable


def _aligned(a: Samples, b: Samples, rate: int, said: list[str]) -> Samples:
    """Move B back by its lag, on A's time axis."""
    first, second = a.astype(np.float64), b.astype(np.float64)
    found = null(first, second)
    if found.depth < COMMON:
        said.append("B is not moved: nothing in it lines up with A")
        return b
    late = found.lag
    shared = overlap(first, second, late)[1]
    begins = max(-round(late), 0)
    said.append(f"B moved by {-late:+.2f} samples ({-late / rate * 1000:+.2f} ms)")
    return np.concatenate([np.zeros(begins), shared]).astype(np.float32)


def _leveled(a: Samples, b: Samples, rate: int, said: list[str]) -> tuple[Samples, Samples]:
    gains = match(a, b, rate)
    said.extend(f"{name} by {gain:+.2f} dB" for name, gain in zip("AB", gains, strict=True) if gain)
    if not any(gains):
        said.append("levels are equal")
    first, second = (
        (samples * np.float32(10 ** (gain / 20))).astype(np.float32)
        for samples, gain in zip((a, b), gains, strict=True)
    )
    return first, second


def _padded(a: Samples, b: Samples, rate: int, said: list[str]) -> tuple[Samples, Samples]:
    frames = max(len(a), len(b))
    if len(a) != len(b):
        name, missing = ("A", frames - len(a)) if len(a) < frames else ("B", frames - len(b))
        said.append(f"{name} padded with {missing / rate:.3f} s of silence")
    first, second = (np.pad(samples, (0, frames - len(samples))) for samples in (a, b))
    return first, second

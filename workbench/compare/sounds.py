"""Whether a sound is right, number by number.

Each number is held against what the reference's own noise explains of it. With an error e on a sound a, by the
inequality of Cauchy and Schwarz: gain is off by at most rms(e) / rms(a), a lag by at most rms(e) over the rms of a's
step from one sample to the next, a mean by at most rms(e).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.compare.floor import UNBOUNDED, UNIT_ROUNDOFF, Noise
from workbench.model.row import Error
from workbench.model.session import Factor
from workbench.model.sound import Difference, Numbers
from workbench.model.verdict import Verdict

SILENT = 1e-4
"""−80 dB: a sound whose peak lies below is silent."""


@dataclass(frozen=True)
class Facet:
    """One number of a sound in words; `over` says why it is wrong, empty where it is not."""

    name: str
    said: str
    over: str = ""
    error: Error | None = None
    counted: bool = True
    """Whether it is counted and not measured: then it means something even where the reference's noise is too large."""


def verdict(facet: Facet, of: Verdict, reason: str) -> tuple[Verdict, str]:
    """Return the verdict on one number of a sound whose own row has the verdict `of` for a `reason`.

    What the sound inherits, or what its reference cannot prove, its numbers inherit and cannot prove.
    """
    if facet.over and of in (Verdict.PASS, Verdict.FAIL):
        return Verdict.FAIL, facet.over
    if facet.over or (of is Verdict.INCONCLUSIVE and not facet.counted):
        return of, reason
    return Verdict.PASS, ""


def facets(numbers: Numbers, noise: Noise | None, dtype: str, factor: Factor) -> Iterator[Facet]:
    """Yield what is to be said of a sound, its form first; without a `noise` nothing is held against a floor."""
    yield _form(numbers)
    yield from _alone(numbers)
    if numbers.difference and noise:
        yield from _measured(numbers.difference, numbers, noise, dtype, factor)


def _form(numbers: Numbers) -> Facet:
    port, reference = numbers.port, numbers.reference
    said = f"{port.frames} at {numbers.rate} Hz"
    if port.frames != reference.frames:
        apart = port.frames - reference.frames
        return Facet("form", said, f"{abs(apart)} frames {'more' if apart > 0 else 'fewer'} than the reference")
    if port.nonfinite and not reference.nonfinite:
        return Facet("form", said, f"{port.nonfinite} samples are NaN or inf")
    return Facet("form", said)


def _alone(numbers: Numbers) -> Iterator[Facet]:
    port, reference = numbers.port, numbers.reference
    more = port.clipped - reference.clipped
    yield Facet(
        "clipping", f"{port.clipped} samples", f"{more} samples more clip than in the reference" if more > 0 else ""
    )
    yield Facet("silence", f"peak {_level(port.peak)}", _silence(numbers))


def _silence(numbers: Numbers) -> str:
    port, reference = (each.peak < SILENT for each in (numbers.port, numbers.reference))
    if port != reference:
        return f"the {'port' if port else 'reference'} is silent, the {'reference' if port else 'port'} is not"
    blocks = numbers.difference.silenced if numbers.difference else 0
    return f"one side alone is silent for {blocks * 5} ms, in blocks of 5" if blocks else ""


def _measured(found: Difference, numbers: Numbers, noise: Noise, dtype: str, factor: Factor) -> Iterator[Facet]:
    floor = noise.floor_rms(dtype)
    share = _times(floor, noise.rms)

    def facet(name: str, said: str, value: float, own: float, allowed: float = factor.rms) -> Facet:
        times = _times(value, own)
        error = Error(value, value, min(times * share, UNBOUNDED), times, times)
        over = _OVER[name].format(said) + f", {min(times, 1e15):.3g}× what the reference's own noise explains"
        return Facet(name, said, over if times > allowed else "", error, counted=False)

    yield facet("dc", f"{found.dc:+.1e}", abs(found.dc), floor)
    yield facet("snr", _decibels(found.snr), found.error, floor)
    yield facet("lag", f"{found.lag:+z.2f} samples", abs(found.lag), _times(floor, found.slope))
    yield facet("gain", _gain(found.gain), abs(found.gain - 1), share)
    yield facet("null", _decibels(-found.null), found.residual, floor)
    own = noise.floor_max(dtype) if found.worst_noise is None else found.worst_noise
    least = UNIT_ROUNDOFF.get(dtype, 0.0) * found.worst_rms
    said = f"{_level(found.worst)} at {found.worst_at / numbers.rate:.2f} s"
    yield facet("worst", said, found.worst, max(own, least), factor.max)


_OVER = {
    "dc": "its mean is off by {}", "snr": "it is only {} over its difference to the reference",
    "lag": "it comes later by {}", "gain": "it is louder by {}", "null": "aligned, {} of difference are left",
    "worst": "20 ms are off by {}",
}  # fmt: skip


def _times(value: float, floor: float) -> float:
    if not value:
        return 0.0
    return min(value / floor, UNBOUNDED) if floor else UNBOUNDED


def _gain(gain: float) -> str:
    return _level(abs(gain), sign="+") + (" flipped" if gain < 0 else "")


def _level(value: float, sign: str = "") -> str:
    return f"{20 * math.log10(value):{sign}z.1f} dB" if value else "−∞ dB"


def _decibels(value: float) -> str:
    if abs(value) >= UNBOUNDED:
        return "−∞ dB" if value < 0 else "∞ dB"
    return f"{value:.1f} dB"

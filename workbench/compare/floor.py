"""The floor: the noise that the reference itself has at a tap, and errors in units of it."""

from dataclasses import dataclass

from workbench.model.row import Error

UNIT_ROUNDOFF = {"f64": 2.0**-53, "f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}
"""u of each dtype: half the distance from 1 to the next number."""

FLOATS = frozenset(UNIT_ROUNDOFF)

UNTRUSTWORTHY = 1e-3
"""Noise over this share of the tensor's rms makes a row INCONCLUSIVE."""

UNTRUSTWORTHY_IN_A_CHAIN = 1e-1
"""The same where the noise of all stages before has come together, each of which is judged alone beside it."""

UNBOUNDED = 1e99
"""× floor where an error meets a floor of zero; JSON knows no infinity."""


@dataclass(frozen=True)
class Noise:
    """The float64 reference at one tap (`rms`, `max` of its magnitude) and the float32 reference's distance to it."""

    rms: float
    max: float
    noise_rms: float
    noise_max: float

    @property
    def trustworthy(self) -> bool:
        """Whether the reference's own float32 result means anything here."""
        return self.within(UNTRUSTWORTHY)

    def within(self, share: float) -> bool:
        """Whether the reference's float32 noise is at most this share of the tensor's rms."""
        return self.noise_rms <= share * self.rms

    def floor_rms(self, dtype: str) -> float:
        """max(rms(noise), u·rms(R64)), in the tensor's unit."""
        return max(self.noise_rms, UNIT_ROUNDOFF.get(dtype, 0.0) * self.rms)

    def floor_max(self, dtype: str) -> float:
        """max(max|noise|, u·max|R64|): the largest element alone may be off by its own rounding."""
        return max(self.noise_max, UNIT_ROUNDOFF.get(dtype, 0.0) * self.max)


def in_floors(rms: float, maximum: float, noise: Noise, dtype: str) -> Error:
    """Return the column for an error (rms and max, absolute) beside its noise."""
    return Error(
        rms=rms,
        max=maximum,
        relative=_ratio(rms, noise.rms),
        times_rms=_ratio(rms, noise.floor_rms(dtype)),
        times_max=_ratio(maximum, noise.floor_max(dtype)),
    )


def _ratio(value: float, unit: float) -> float:
    if value == 0.0:
        return 0.0
    return min(value / unit, UNBOUNDED) if unit > 0.0 else UNBOUNDED

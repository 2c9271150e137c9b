"""How far a tensor is from the port's, in units of the floor (design §5, as `workbench.compare.floor` has it)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch

from workbench.reference.noise import max_of, rms_of

UNIT_ROUNDOFF = {torch.float64: 2.0**-53, torch.float32: 2.0**-24, torch.float16: 2.0**-11, torch.bfloat16: 2.0**-8}
UNTRUSTWORTHY = 1e-3
UNBOUNDED = 1e99
BETTER = 0.5
"""A cause leaves at most this share of the error: a floor that is as large as the error proves nothing."""


class Size(NamedTuple):
    """Root mean square and largest magnitude: of an error, or of the floor that it is measured by."""

    rms: float
    max: float

    def over(self, floor: Size) -> Size:
        """This error in × floor."""
        return Size(_ratio(self.rms, floor.rms), _ratio(self.max, floor.max))


PASSES = Size(4.0, 8.0)
"""What a PASS allows, in × floor, where the session declares nothing else."""


@dataclass(frozen=True)
class Port:
    """The port's tensor at the failing tap, and the noise that the reference has there."""

    tensor: torch.Tensor
    """In float64, complex numbers as pairs."""
    single: torch.Tensor
    """The same in float32: what a search compares with, since the difference of close numbers is exact."""
    unit: float
    """Unit roundoff of the port's dtype."""
    floor: Size
    allowed: Size = PASSES
    """What a PASS allows at this tap, in × floor."""

    @staticmethod
    def of(tensor: torch.Tensor, spread: Mapping[str, float], allowed: Size = PASSES) -> Port:
        """`spread` holds rms, max, noise_rms and noise_max of the tap as `injected-<digest>.json` has them."""
        unit = UNIT_ROUNDOFF.get(tensor.dtype, 0.0)
        floor = Size(
            max(spread["noise_rms"], unit * spread["rms"]), max(spread["noise_max"], unit * spread["max"])
        )  # fmt: skip
        return Port(tensor.double(), tensor.float(), unit, floor, allowed)

    def error(self, found: torch.Tensor) -> Size | None:
        """How far a tensor is off; None where it has another shape. NaN and inf of the port have to be met exactly."""
        if found.is_complex():
            found = torch.view_as_real(found)
        if found.shape != self.tensor.shape:
            return None
        wide = found.dtype is torch.float64
        difference = _difference(found, self.tensor) if wide else _difference(found.float(), self.single)
        return Size(rms_of(difference), max_of(difference))

    def floor_of(self, single: torch.Tensor, exact: torch.Tensor) -> Size:
        """The floor at a tap that is computed as `single` in float32 and as `exact` in float64."""
        noise, finite = _difference(single.double(), exact), exact[exact.isfinite()]
        return Size(max(rms_of(noise), self.unit * rms_of(finite)), max(max_of(noise), self.unit * max_of(finite)))

    def passes(self, times: Size) -> bool:
        """Whether an error in × floor is what a PASS allows."""
        return times.rms <= self.allowed.rms and times.max <= self.allowed.max

    def reached(self, error: Size, before: Size, floor: Size, magnitude: float) -> bool:
        """Whether an error is at its floor, is far smaller than before, and the floor itself means anything."""
        trusted = floor.rms <= UNTRUSTWORTHY * magnitude or floor.rms == 0.0
        return trusted and self.passes(error.over(floor)) and error.rms <= BETTER * before.rms


def _difference(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    difference = a - b
    if not difference.isfinite().all():
        same = (a == b) | (a.isnan() & b.isnan())
        difference = torch.where(same, 0.0, difference.nan_to_num(nan=UNBOUNDED, posinf=UNBOUNDED, neginf=UNBOUNDED))
    return difference


def _ratio(value: float, unit: float) -> float:
    if value == 0.0:
        return 0.0
    return min(value / unit, UNBOUNDED) if unit > 0.0 else UNBOUNDED

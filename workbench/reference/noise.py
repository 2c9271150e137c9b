"""What the reference's own float32 is worth at each tap: R32 minus an exact run, and its statistics."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import safe_open

from workbench.reference.dtypes import plain, raw
from workbench.reference.failure import Failure
from workbench.reference.hooks import Seen
from workbench.reference.writer import Writer


@dataclass(frozen=True)
class Noise:
    """Statistics of one tap over the elements that are finite in both runs; `nan` and `inf` count R32's others."""

    rms: float
    """Root mean square of the exact run."""
    max: float
    std: float
    noise_rms: float
    """Root mean square of R32 minus the exact run."""
    noise_max: float
    nan: int
    inf: int


class Comparison:
    """Compares an exact run with the R32 on disk, tap by tap, and puts R32 in where it is told to.

    Writes R32 − exact as float32 under the same names; taps that are not floats have no noise.
    """

    def __init__(self, reference: Path, writer: Writer, injected: Collection[str] = ()) -> None:
        self._reference = cast(Any, safe_open(str(reference), framework="pt"))
        self._missing = set(self._reference.keys())
        self._writer = writer
        self._injected = frozenset(injected)
        self.stats: dict[str, Noise] = {}

    def take(self, seen: Seen) -> torch.Tensor | None:
        """Compare one tap. Returns R32 in the exact run's dtype where it is to be put in, else None.

        Raises Failure where the exact run takes another path than R32 did.
        """
        exact = plain(seen.tensor)
        if seen.name not in self._missing:
            raise Failure(f"the float64 run reaches {seen.name!r}, which the float32 run does not")
        self._missing.remove(seen.name)
        reference: torch.Tensor = self._reference.get_tensor(seen.name)
        if reference.shape != exact.shape:
            shapes = f"{list(reference.shape)} in float32 and {list(exact.shape)} in float64"
            raise Failure(f"{seen.name!r} has shape {shapes}")
        if reference.is_floating_point():
            self._compare(seen.name, reference, exact)
        return like(reference, seen.tensor) if seen.name in self._injected else None

    def finish(self) -> None:
        """Raise Failure where the exact run did not reach every tap."""
        if self._missing:
            raise Failure(f"the float64 run never reaches {min(self._missing)!r}, which the float32 run does")

    def _compare(self, name: str, reference: torch.Tensor, exact: torch.Tensor) -> None:
        # A copy even of float64, since the reference itself may be what is put in.
        noise = reference.to(torch.float64, copy=True).sub_(exact)
        self.stats[name] = statistics(reference, exact, noise)
        self._writer.add(name, "F32", noise.shape, raw(noise.float()))


def as_json(stats: dict[str, Noise], *keys: str) -> dict[str, dict[str, float]]:
    """The statistics by tap, all of them or only the given ones."""
    every = {name: asdict(noise) for name, noise in stats.items()}
    return {name: {key: noise[key] for key in keys or noise} for name, noise in every.items()}


def statistics(reference: torch.Tensor, exact: torch.Tensor, noise: torch.Tensor) -> Noise:
    """The statistics of one tap: of the reference and the exact tensor, of one shape, and of their difference."""
    exact = exact.double()
    finite = noise.isfinite()
    if not finite.all():
        exact, noise = exact[finite], noise[finite]
    return Noise(
        rms=rms_of(exact),
        max=max_of(exact),
        std=_bounded(float(exact.std(correction=0))) if exact.numel() else 0.0,
        noise_rms=rms_of(noise),
        noise_max=max_of(noise),
        nan=int(reference.isnan().sum()),
        inf=int(reference.isinf().sum()),
    )


def rms_of(values: torch.Tensor) -> float:
    """Root mean square; 0 for no values, and never infinite."""
    count = max(values.numel(), 1)
    return _bounded(float(torch.linalg.vector_norm(values)) / float(count**0.5))


def max_of(values: torch.Tensor) -> float:
    """Largest magnitude; 0 for no values, and never infinite."""
    return _bounded(float(torch.linalg.vector_norm(values, torch.inf))) if values.numel() else 0.0


def _bounded(value: float) -> float:
    # A mask filled with the smallest number of its dtype overflows float64 once it is squared; JSON has no infinity.
    return min(value, sys.float_info.max)


def like(reference: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    """R32 (complex numbers made whole again) with the dtype and device of the exact run's tensor."""
    if tensor.is_complex():
        reference = torch.view_as_complex(reference.double())
    return reference.to(tensor.device, tensor.dtype)

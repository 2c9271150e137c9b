"""The floor where no float64 run is possible: a float32 run with every tensor moved by one unit in the last place."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import safe_open

from workbench.reference.dtypes import plain
from workbench.reference.failure import Failure
from workbench.reference.hooks import Seen
from workbench.reference.noise import Noise, statistics

SEED = 1


class Perturbed:
    """Compares such a run with the R32 on disk, tap by tap.

    The inputs, and every float that passes a tap, go on one unit further, up or down at random. Where `injected` names
    taps, it is R32 that goes on like that there, and no other tap is moved. Raises Failure where the run takes another
    path than R32 did.
    """

    def __init__(self, reference: Path, injected: Collection[str] | None = None) -> None:
        self._reference = cast(Any, safe_open(str(reference), framework="pt"))
        self._injected = None if injected is None else frozenset(injected)
        self._generator = torch.Generator().manual_seed(SEED)
        self.stats: dict[str, Noise] = {}

    def inputs(self, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Return a stage's inputs, moved."""
        return {name: self._moved(each) for name, each in tensors.items()}

    def take(self, seen: Seen) -> torch.Tensor | None:
        """Compare one tap; returns the tensor to go on with."""
        found = plain(seen.tensor)
        try:
            reference: torch.Tensor = self._reference.get_tensor(seen.name)
        except Exception as error:
            raise Failure(f"the perturbed run reaches {seen.name!r}, which the float32 run does not") from error
        if reference.shape != found.shape:
            raise Failure(f"{seen.name!r} has another shape in the perturbed run than in the float32 run")
        if reference.is_floating_point():
            self.stats[seen.name] = statistics(reference, reference, found.double().sub_(reference))
        return self._onward(seen, reference)

    def _onward(self, seen: Seen, reference: torch.Tensor) -> torch.Tensor | None:
        if seen.kind == "output" or not seen.tensor.is_floating_point():
            return None
        if self._injected is None:
            return self._moved(seen.tensor)
        return self._moved(reference.to(seen.tensor)) if seen.name in self._injected else None

    def _moved(self, tensor: torch.Tensor) -> torch.Tensor:
        if not tensor.is_floating_point():
            return tensor
        up = torch.rand(tensor.shape, generator=self._generator) < 0.5
        towards = torch.where(up, torch.inf, -torch.inf).to(tensor)
        # A zero is a mask or padding, and stays one.
        return torch.where(tensor == 0, tensor, torch.nextafter(tensor, towards))

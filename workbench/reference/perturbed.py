"""The floor where a float64 run tells none: the reference's own runs with every tensor moved by one unit in the last
place.

That is where it cannot be made, and where the reference computes in float64 itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import safe_open

from workbench.reference.dtypes import plain
from workbench.reference.failure import Failure
from workbench.reference.hooks import Seen
from workbench.reference.noise import Noise, statistics

RUNS = 4
"""How many runs make the floor: of a tensor of a few elements, one of them may hardly move."""


def together(runs: Sequence[Mapping[str, Noise]]) -> dict[str, Noise]:
    """Return the noise of several runs: the root of the mean square of all, and the largest element."""
    found = {}
    for name, first in runs[0].items():
        squares = [each[name].noise_rms ** 2 for each in runs]
        largest = max(each[name].noise_max for each in runs)
        found[name] = replace(first, noise_rms=(sum(squares) / len(runs)) ** 0.5, noise_max=largest)
    return found


class Perturbed:
    """Compares such a run with the R32 on disk, tap by tap.

    The parameters, the inputs, and every float that passes a tap, go on one unit further, up or down at random. Where
    `injected` names taps, it is R32 that goes on like that there, and no other tap is moved. `dtype` restricts it to
    tensors of one kind. Raises Failure where the run takes another path than R32 did.
    """

    def __init__(
        self, reference: Path, seed: int, injected: Collection[str] | None = None, dtype: torch.dtype | None = None
    ) -> None:
        self._dtype = dtype
        self._reference = cast(Any, safe_open(str(reference), framework="pt"))
        self._injected = None if injected is None else frozenset(injected)
        self._generator = torch.Generator().manual_seed(seed)
        self.stats: dict[str, Noise] = {}

    def inputs(self, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Return a stage's inputs, moved."""
        return {name: self._moved(each) for name, each in tensors.items()}

    @contextmanager
    def parameters(self, module: torch.nn.Module) -> Iterator[None]:
        """Move a module's parameters inside the block."""
        before = [(parameter, parameter.data) for parameter in module.parameters() if self._moves(parameter)]
        try:
            for parameter, data in before:
                parameter.data = self._moved(data)
            yield
        finally:
            for parameter, data in before:
                parameter.data = data

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
            self.stats[seen.name] = statistics(reference, reference, found.to(torch.float64, copy=True).sub_(reference))
        return self._onward(seen, reference)

    def _onward(self, seen: Seen, reference: torch.Tensor) -> torch.Tensor | None:
        if seen.kind == "output" or not self._moves(seen.tensor):
            return None
        if self._injected is None:
            return self._moved(seen.tensor)
        return self._moved(reference.to(seen.tensor)) if seen.name in self._injected else None

    def _moves(self, tensor: torch.Tensor) -> bool:
        return tensor.is_floating_point() and self._dtype in (None, tensor.dtype)

    def _moved(self, tensor: torch.Tensor) -> torch.Tensor:
        if not self._moves(tensor):
            return tensor
        up = torch.rand(tensor.shape, generator=self._generator) < 0.5
        towards = torch.where(up, torch.inf, -torch.inf).to(tensor)
        # A zero is a mask or padding, and stays one.
        return torch.where(tensor == 0, tensor, torch.nextafter(tensor, towards))

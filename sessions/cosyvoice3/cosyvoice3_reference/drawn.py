"""Synthetic weights by gains: seeded, and activations of sensible size at any depth."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cosyvoice3_reference.blank import blank

BIAS_STD = 0.1
NORM_STD = 0.2


@dataclass(frozen=True)
class Gains:
    """How weights are drawn, by the ends of their keys: std = gain/√fan_in, that of an embedding = gain; else 1."""

    gains: Mapping[str, float]
    norm: str
    """What a norm's weight ends with; those lie around one."""
    embeddings: tuple[str, ...] = ()

    def draw(self, make: Callable[[], nn.Module], seed: int) -> dict[str, Tensor]:
        """Return a module's float32 weights by key; same module and seed, same values."""
        generator = torch.Generator().manual_seed(seed)
        return {key: self._drawn(key, value.shape, generator) for key, value in blank(make).state_dict().items()}

    def _drawn(self, key: str, shape: torch.Size, generator: torch.Generator) -> Tensor:
        if key.endswith(self.norm):
            return torch.empty(shape).normal_(1.0, NORM_STD, generator=generator)
        return torch.empty(shape).normal_(0.0, self._std(key, shape), generator=generator)

    def _std(self, key: str, shape: torch.Size) -> float:
        if len(shape) == 1:
            return BIAS_STD
        gain = next((gain for name, gain in self.gains.items() if key.endswith(name)), 1.0)
        return gain if key.endswith(self.embeddings) else float(gain / shape[1:].numel() ** 0.5)

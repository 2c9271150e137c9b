"""Embedding of the flow's time t."""

import math

import torch
from torch import Tensor, nn

TIME_SCALE = 1000.0
LONGEST_PERIOD = 10_000.0


class SinusEmbedding(nn.Module):
    """t [B] → [B, dim]: sines in the first half, cosines in the second.

    angle_i = 1000·t·exp(−i·ln(10⁴)/(dim/2 − 1)), i = 0 … dim/2 − 1.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.count = dim // 2

    def forward(self, t: Tensor) -> Tensor:
        """Embed t; the result has t's dtype."""
        steps = torch.arange(self.count, device=t.device, dtype=t.dtype)
        frequencies = torch.exp(steps * -(math.log(LONGEST_PERIOD) / (self.count - 1)))
        # 1000·t first: the angles reach 1000, where the order of the two products shows in float32.
        angles = TIME_SCALE * t[:, None] * frequencies[None, :]
        return torch.cat((angles.sin(), angles.cos()), dim=-1)


class TimeEmbedding(nn.Module):
    """t [B] → [B, dim]: sinusoidal embedding, Linear, SiLU, Linear."""

    def __init__(self, freq_dim: int, dim: int) -> None:
        super().__init__()
        self.time_embed = SinusEmbedding(freq_dim)
        self.time_mlp = nn.Sequential(nn.Linear(freq_dim, dim), nn.SiLU(), nn.Linear(dim, dim))

    def forward(self, t: Tensor) -> Tensor:
        """Embed t."""
        embedding: Tensor = self.time_mlp(self.time_embed(t))
        return embedding

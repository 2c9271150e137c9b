"""Rotary position embedding over half-split pairs (transformers, `modeling_qwen2.py`)."""

from typing import NamedTuple

import torch
from torch import Tensor


class Angles(NamedTuple):
    """Cosine and sine of position × frequency, each [T, head_dim], all frequencies twice, one half after the other."""

    cos: Tensor
    sin: Tensor


def angles(start: int, length: int, head_dim: int, theta: float) -> Angles:
    """Positions start … start + length − 1, frequencies θ^(−2i/head_dim); in float32, as the original computes them."""
    frequencies = 1.0 / theta ** (torch.arange(0, head_dim, 2).float() / head_dim)
    positions = torch.arange(start, start + length).float()
    phases = (positions[:, None] * frequencies[None, :]).repeat(1, 2)
    return Angles(phases.cos(), phases.sin())


def apply_rotary(x: Tensor, angles: Angles) -> Tensor:
    """x [1, heads, T, head_dim]: channel i turns with channel i + head_dim/2."""
    a, b = x.chunk(2, dim=-1)
    return x * angles.cos + torch.cat((-b, a), dim=-1) * angles.sin

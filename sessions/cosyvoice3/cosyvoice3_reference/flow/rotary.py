"""Rotary position embedding over interleaved pairs (x-transformers 2.11.24)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

THETA = 10_000.0


class Angles(NamedTuple):
    """Cosine and sine of position × frequency, each [1, T, dim_head], every frequency twice in a row."""

    cos: Tensor
    sin: Tensor


def inverse_frequencies(dim_head: int) -> Tensor:
    """θ^(−2i/dim_head) for i = 0 … dim_head/2 − 1, float32."""
    return 1.0 / THETA ** (torch.arange(0, dim_head, 2).float() / dim_head)


class RotaryEmbedding(nn.Module):
    """Holds the frequencies, which the checkpoint carries as `rotary_embed.inv_freq`."""

    inv_freq: Tensor

    def __init__(self, dim_head: int) -> None:
        super().__init__()
        self.register_buffer("inv_freq", inverse_frequencies(dim_head))

    def angles(self, length: int) -> Angles:
        """Cosines and sines for positions 0 … length − 1."""
        positions = torch.arange(length, device=self.inv_freq.device, dtype=self.inv_freq.dtype)
        angles = (positions[:, None] * self.inv_freq[None, :]).repeat_interleave(2, dim=-1)[None]
        return Angles(angles.cos(), angles.sin())


def rotate_pairs(x: Tensor) -> Tensor:
    """Turn every adjacent pair by 90°: (a, b) → (−b, a) along the last axis."""
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((-b, a), dim=-1).flatten(-2)


def apply_rotary(x: Tensor, angles: Angles) -> Tensor:
    """Rotate the first dim_head channels of x [B, T, C]; the others pass unchanged.

    CosyVoice3 rotates before it splits the heads, so of all heads only the first gets a position.
    """
    width = angles.cos.shape[-1]
    rotated, rest = x[..., :width], x[..., width:]
    rotated = rotated * angles.cos + rotate_pairs(rotated) * angles.sin
    return torch.cat((rotated, rest), dim=-1)

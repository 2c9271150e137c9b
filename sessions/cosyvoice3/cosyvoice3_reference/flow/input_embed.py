"""Projection of the estimator's inputs and their causal position embedding."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class CausalConvPositionEmbedding(nn.Module):
    """[B, T, dim] → [B, T, dim]: twice a grouped Conv1d that sees only the past, then Mish.

    Each convolution is padded with kernel − 1 zeros on the left and none on the right.
    """

    def __init__(self, dim: int, kernel: int, groups: int) -> None:
        super().__init__()
        self.past = kernel - 1
        self.conv1 = nn.Sequential(nn.Conv1d(dim, dim, kernel, groups=groups), nn.Mish())
        self.conv2 = nn.Sequential(nn.Conv1d(dim, dim, kernel, groups=groups), nn.Mish())

    def forward(self, x: Tensor) -> Tensor:
        """Embed; the padding mask plays no part here."""
        x = x.transpose(1, 2)
        x = self.conv1(F.pad(x, (self.past, 0)))
        x = self.conv2(F.pad(x, (self.past, 0)))
        return x.transpose(1, 2)


class InputEmbedding(nn.Module):
    """x, cond, mu [B, T, ·] and spks [B, ·] → [B, T, dim].

    The channels are put together in the order x, cond, mu, spks (spks repeated over T).
    """

    def __init__(self, input_dim: int, dim: int, kernel: int, groups: int) -> None:
        super().__init__()
        self.proj = nn.Linear(input_dim, dim)
        self.conv_pos_embed = CausalConvPositionEmbedding(dim, kernel, groups)

    def forward(self, x: Tensor, cond: Tensor, mu: Tensor, spks: Tensor) -> Tensor:
        """Project, then add the position embedding of the projection."""
        speaker = spks[:, None, :].expand(-1, x.shape[1], -1)
        h = self.proj(torch.cat((x, cond, mu, speaker), dim=-1))
        embedded: Tensor = self.conv_pos_embed(h) + h
        return embedded

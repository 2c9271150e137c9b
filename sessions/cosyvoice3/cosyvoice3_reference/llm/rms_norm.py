"""RMSNorm."""

import torch
from torch import Tensor, nn


class RmsNorm(nn.Module):
    """weight·x/√(mean(x²) + eps) over the last axis."""

    def __init__(self, dim: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(dim))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalise."""
        variance = x.pow(2).mean(dim=-1, keepdim=True)
        normed: Tensor = self.weight * (x * torch.rsqrt(variance + self.eps))
        return normed

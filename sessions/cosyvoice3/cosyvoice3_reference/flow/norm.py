"""LayerNorms whose scale and shift come from the time embedding."""

from torch import Tensor, nn

EPS = 1e-6


def plain_norm(dim: int) -> nn.LayerNorm:
    """LayerNorm over the last axis, without weight and bias."""
    return nn.LayerNorm(dim, elementwise_affine=False, eps=EPS)


def modulate(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """x·(1 + scale) + shift; x [B, T, dim], scale and shift [B, dim]."""
    return x * (1 + scale[:, None]) + shift[:, None]


class AdaptiveNorm(nn.Module):
    """Norm in front of the attention, and the modulation of the whole block.

    SiLU and Linear turn the time embedding into six vectors, in the order: shift, scale, gate of the attention,
    then shift, scale, gate of the feed-forward.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.silu = nn.SiLU()
        self.linear = nn.Linear(dim, 6 * dim)
        self.norm = plain_norm(dim)

    def forward(self, x: Tensor, time: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """x [B, T, dim], time [B, dim] → normed x, gate of the attention, shift, scale, gate of the feed-forward."""
        shift, scale, gate, shift_ff, scale_ff, gate_ff = self.linear(self.silu(time)).chunk(6, dim=1)
        return modulate(self.norm(x), scale, shift), gate, shift_ff, scale_ff, gate_ff


class AdaptiveNormOut(nn.Module):
    """Norm in front of the output projection. Here scale comes first and shift second: not as in the blocks."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.silu = nn.SiLU()
        self.linear = nn.Linear(dim, 2 * dim)
        self.norm = plain_norm(dim)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """x [B, T, dim], time [B, dim] → [B, T, dim]."""
        scale, shift = self.linear(self.silu(time)).chunk(2, dim=1)
        return modulate(self.norm(x), scale, shift)

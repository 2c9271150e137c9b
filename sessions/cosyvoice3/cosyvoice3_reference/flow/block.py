"""One transformer block."""

from torch import Tensor, nn

from cosyvoice3_reference.config import DitConfig
from cosyvoice3_reference.flow.attention import Attention
from cosyvoice3_reference.flow.feed_forward import FeedForward
from cosyvoice3_reference.flow.norm import AdaptiveNorm, modulate, plain_norm
from cosyvoice3_reference.flow.rotary import Angles
from workbench.reference import tap


class DitBlock(nn.Module):
    """[B, T, dim] → [B, T, dim]: gated attention and gated feed-forward, each added to its input."""

    def __init__(self, config: DitConfig) -> None:
        super().__init__()
        self.attn_norm = AdaptiveNorm(config.dim)
        self.attn = Attention(config.dim, config.heads, config.dim_head)
        self.ff_norm = plain_norm(config.dim)
        self.ff = FeedForward(config.dim, config.ff_mult)

    def forward(self, x: Tensor, time: Tensor, mask: Tensor, angles: Angles) -> Tensor:
        """x [B, T, dim], time [B, dim], mask [B, 1, T, T] bool."""
        normed, gate_attn, shift_ff, scale_ff, gate_ff = self.attn_norm(x, time)
        attended = self.attn(normed, mask, angles)
        x = tap("attn_residual", x + gate_attn[:, None] * attended)
        modulated = tap("ff_modulated", modulate(self.ff_norm(x), scale_ff, shift_ff))
        out: Tensor = x + gate_ff[:, None] * self.ff(modulated)
        return out

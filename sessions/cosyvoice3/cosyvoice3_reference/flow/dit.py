"""The whole estimator."""

from torch import Tensor, nn

from cosyvoice3_reference.config import DitConfig
from cosyvoice3_reference.flow.block import DitBlock
from cosyvoice3_reference.flow.input_embed import InputEmbedding
from cosyvoice3_reference.flow.mask import attention_mask
from cosyvoice3_reference.flow.norm import AdaptiveNormOut
from cosyvoice3_reference.flow.rotary import RotaryEmbedding
from cosyvoice3_reference.flow.time_embed import TimeEmbedding


class Dit(nn.Module):
    """Velocity of the flow at time t; parameter names as in `flow.pt` below `decoder.estimator.`."""

    def __init__(self, config: DitConfig) -> None:
        super().__init__()
        self.chunk = config.static_chunk_size
        self.time_embed = TimeEmbedding(config.time_freq_dim, config.dim)
        self.input_embed = InputEmbedding(config.input_dim, config.dim, config.conv_kernel, config.conv_groups)
        self.rotary_embed = RotaryEmbedding(config.dim_head)
        self.transformer_blocks = nn.ModuleList(DitBlock(config) for _ in range(config.depth))
        self.norm_out = AdaptiveNormOut(config.dim)
        self.proj_out = nn.Linear(config.dim, config.mel_dim)

    def forward(
        self, x: Tensor, mask: Tensor, mu: Tensor, t: Tensor, spks: Tensor, cond: Tensor, streaming: bool
    ) -> Tensor:
        """x, mu, cond [B, 80, T], mask [B, 1, T] (1 = frame, 0 = padding), t [B], spks [B, 80] → [B, 80, T]."""
        time = self.time_embed(t)
        h = self.input_embed(x.transpose(1, 2), cond.transpose(1, 2), mu.transpose(1, 2), spks)
        angles = self.rotary_embed.angles(h.shape[1])
        seen = attention_mask(mask.bool(), self.chunk if streaming else None)
        for block in self.transformer_blocks:
            h = block(h, time, seen, angles)
        velocity: Tensor = self.proj_out(self.norm_out(h, time))
        return velocity.transpose(1, 2)

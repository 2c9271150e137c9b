"""One decoder layer."""

from torch import Tensor, nn

from cosyvoice3_reference.llm.attention import Attention
from cosyvoice3_reference.llm.cache import KvCache
from cosyvoice3_reference.llm.config import LmConfig
from cosyvoice3_reference.llm.mlp import Mlp
from cosyvoice3_reference.llm.rms_norm import RmsNorm
from cosyvoice3_reference.llm.rotary import Angles
from workbench.reference import tap


class DecoderLayer(nn.Module):
    """[1, T, D] → [1, T, D]: attention and feed-forward, each of a normed input and added to what came in."""

    def __init__(self, config: LmConfig, layer: int) -> None:
        super().__init__()
        self.self_attn = Attention(config, layer)
        self.mlp = Mlp(config.hidden_size, config.intermediate_size)
        self.input_layernorm = RmsNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RmsNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x: Tensor, angles: Angles, cache: KvCache) -> Tensor:
        """Apply the layer."""
        x = tap("attn_residual", x + self.self_attn(self.input_layernorm(x), angles, cache))
        out: Tensor = x + self.mlp(self.post_attention_layernorm(x))
        return out

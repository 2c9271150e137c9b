"""Grouped-query self-attention."""

from torch import Tensor, nn
from torch.nn import functional as F

from cosyvoice3_reference.llm.cache import KvCache
from cosyvoice3_reference.llm.config import LmConfig
from cosyvoice3_reference.llm.rotary import Angles, apply_rotary
from workbench.reference import tap


class Attention(nn.Module):
    """[1, T, D] → [1, T, D]: causal attention; several query heads share a key and value head.

    q, k and v have biases, the output projection has none.
    """

    def __init__(self, config: LmConfig, layer: int) -> None:
        super().__init__()
        width, head_dim = config.hidden_size, config.head_dim
        self.layer = layer
        self.head_dim = head_dim
        self.group = config.num_attention_heads // config.num_key_value_heads
        self.q_proj = nn.Linear(width, config.num_attention_heads * head_dim)
        self.k_proj = nn.Linear(width, config.num_key_value_heads * head_dim)
        self.v_proj = nn.Linear(width, config.num_key_value_heads * head_dim)
        self.o_proj = nn.Linear(config.num_attention_heads * head_dim, width, bias=False)

    def forward(self, x: Tensor, angles: Angles, cache: KvCache) -> Tensor:
        """Attend to everything that the cache holds and to x up to each position."""
        query, key, value = self.split(self.q_proj(x)), self.split(self.k_proj(x)), self.split(self.v_proj(x))
        query = tap("q_rotary", apply_rotary(query, angles))
        key = tap("k_rotary", apply_rotary(key, angles))
        key, value = cache.append(self.layer, key, value)
        key, value = key.repeat_interleave(self.group, dim=1), value.repeat_interleave(self.group, dim=1)
        attended = F.scaled_dot_product_attention(query, key, value, is_causal=query.shape[2] > 1)
        out: Tensor = self.o_proj(attended.transpose(1, 2).flatten(2))
        return out

    def split(self, x: Tensor) -> Tensor:
        """[1, T, heads·head_dim] → [1, heads, T, head_dim]."""
        return x.view(*x.shape[:2], -1, self.head_dim).transpose(1, 2)

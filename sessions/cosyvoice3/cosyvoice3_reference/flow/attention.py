"""Self-attention of a block."""

from torch import Tensor, nn
from torch.nn import functional as F

from cosyvoice3_reference.flow.rotary import Angles, apply_rotary
from workbench.reference import tap


class Attention(nn.Module):
    """[B, T, dim] → [B, T, dim]: softmax(q·kᵀ/√dim_head)·v over all heads, then a Linear.

    q and k are rotated while the heads still lie side by side.
    """

    def __init__(self, dim: int, heads: int, dim_head: int) -> None:
        super().__init__()
        self.heads = heads
        inner = heads * dim_head
        self.to_q = nn.Linear(dim, inner)
        self.to_k = nn.Linear(dim, inner)
        self.to_v = nn.Linear(dim, inner)
        self.to_out = nn.ModuleList([nn.Linear(inner, dim), nn.Dropout(0.1)])

    def forward(self, x: Tensor, mask: Tensor, angles: Angles) -> Tensor:
        """Attend; mask [B, 1, T, T] bool. Frames that the last query does not see come out as zero."""
        query, key, value = self.to_q(x), self.to_k(x), self.to_v(x)
        query = tap("q_rotary", apply_rotary(query, angles))
        key = tap("k_rotary", apply_rotary(key, angles))
        query, key, value = self.split(query), self.split(key), self.split(value)
        out: Tensor = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        out = out.transpose(1, 2).flatten(2)
        for layer in self.to_out:
            out = layer(out)
        return out.masked_fill(~mask[:, 0, -1, :, None], 0.0)

    def split(self, x: Tensor) -> Tensor:
        """[B, T, heads·dim_head] → [B, heads, T, dim_head]."""
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)

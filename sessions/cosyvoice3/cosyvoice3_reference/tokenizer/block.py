"""One block of the encoder."""

from torch import Tensor, nn

from cosyvoice3_reference.llm.rotary import Angles
from cosyvoice3_reference.tokenizer.attention import FsmnAttention
from workbench.reference import tap

EPS = 1e-5
MLP_RATIO = 4


class EncoderBlock(nn.Module):
    """[B, T, D] → [B, T, D]: attention and feed-forward, each of a normed input and added to what came in."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attn = FsmnAttention(width, heads)
        self.attn_ln = nn.LayerNorm(width, eps=EPS)
        self.mlp = nn.Sequential(nn.Linear(width, MLP_RATIO * width), nn.GELU(), nn.Linear(MLP_RATIO * width, width))
        self.mlp_ln = nn.LayerNorm(width, eps=EPS)

    def forward(self, x: Tensor, seen: Tensor, angles: Angles) -> Tensor:
        """Apply the block; `seen` [B, 1, T] is 0 for padding."""
        x = tap("attn_residual", x + self.attn(self.attn_ln(x), seen, angles))
        out: Tensor = x + self.mlp(self.mlp_ln(x))
        return out

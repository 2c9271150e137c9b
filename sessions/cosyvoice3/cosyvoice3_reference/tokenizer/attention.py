"""Self-attention with a memory: a convolution over the values, beside the softmax."""

from torch import Tensor, nn
from torch.nn import functional as F

from cosyvoice3_reference.llm.rotary import Angles, apply_rotary
from cosyvoice3_reference.tokenizer.mask import HIDDEN
from workbench.reference import tap

KERNEL = 31


class FsmnAttention(nn.Module):
    """[B, T, D] → [B, T, D]: out(softmax(q·k)·v) + memory; q and k are each scaled by head_dim^(−1/4).

    The memory (a feed-forward sequential memory network): v + a depthwise convolution of v over 31 positions, centred.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.25
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.fsmn_block = nn.Conv1d(width, width, KERNEL, groups=width, bias=False)

    def forward(self, x: Tensor, seen: Tensor, angles: Angles) -> Tensor:
        """Attend; `seen` [B, 1, T] is 0 for padding."""
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.value(x)
        query = tap("q_rotary", apply_rotary(query, angles)) * self.scale
        key = tap("k_rotary", apply_rotary(key, angles)) * self.scale
        memory = tap("memory", self.memory(value, seen.transpose(1, 2)))
        scores = query @ key.transpose(2, 3) + ((1.0 - seen) * HIDDEN)[:, None]
        attended = scores.softmax(dim=-1) @ self.split(value)
        out: Tensor = self.out(attended.transpose(1, 2).flatten(2)) + memory
        return out

    def memory(self, value: Tensor, seen: Tensor) -> Tensor:
        """Value [B, T, D], seen [B, T, 1] → [B, T, D]."""
        value = value * seen
        around = F.pad(value.transpose(1, 2), (KERNEL // 2, KERNEL // 2))
        return (self.fsmn_block(around).transpose(1, 2) + value) * seen

    def split(self, x: Tensor) -> Tensor:
        """[B, T, D] → [B, heads, T, head_dim]."""
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)

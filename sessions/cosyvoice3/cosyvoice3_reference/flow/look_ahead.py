"""What a token knows of those after it."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cosyvoice3_reference.config import EmbedConfig


class LookAhead(nn.Module):
    """[B, N, C] → [B, N, C]: adds what two convolutions make of a token, of those ahead and of two before."""

    def __init__(self, config: EmbedConfig) -> None:
        super().__init__()
        self.ahead = config.pre_lookahead_len
        self.conv1 = nn.Conv1d(config.input_size, config.pre_lookahead_channels, self.ahead + 1)
        self.conv2 = nn.Conv1d(config.pre_lookahead_channels, config.input_size, 3)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Behind the last token come `context` [B, ahead, C], or zeros."""
        followed = F.pad(x, (0, 0, 0, self.ahead)) if context is None else torch.cat((x, context), dim=1)
        hidden = F.leaky_relu(self.conv1(followed.transpose(1, 2)))
        seen: Tensor = self.conv2(F.pad(hidden, (2, 0)))
        return seen.transpose(1, 2) + x

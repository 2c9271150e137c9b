"""Which frames attend to which."""

import torch
from torch import Tensor


def chunk_mask(length: int, chunk: int, device: torch.device | None = None) -> Tensor:
    """[length, length] bool: frame i sees every frame before the end of its own chunk."""
    frame = torch.arange(length, device=device)
    end = (torch.div(frame, chunk, rounding_mode="trunc") + 1) * chunk
    return frame[None, :] < end[:, None]


def attention_mask(padding: Tensor, chunk: int | None) -> Tensor:
    """Padding [B, 1, T] bool → [B, 1, T, T] bool, true where query (row) attends to key (column).

    `chunk` None (not streaming): every query sees all frames that are no padding. Otherwise it also sees only up
    to the end of its own chunk. A query that would see nothing sees everything: a softmax over nothing is NaN.
    """
    length = padding.shape[-1]
    seen = padding if chunk is None else padding & chunk_mask(length, chunk, padding.device)
    blind = ~seen.any(dim=-1, keepdim=True)
    return (seen | blind).expand(-1, length, -1).unsqueeze(1)

"""Which positions are no padding."""

import torch
from torch import Tensor

HIDDEN = -1e10
"""Added to the scores of a position that is padding."""


def seen(length: Tensor, positions: int) -> Tensor:
    """Length [B], int64 → [B, 1, positions] float32, 1 below the length."""
    return (torch.arange(positions)[None, None] < length[:, None, None]).float()


def halved(length: Tensor) -> Tensor:
    """What a convolution of kernel 3, stride 2 and one zero at each end makes of a length."""
    return torch.div(length - 1, 2, rounding_mode="floor") + 1

"""Kaldi's mel filters, as torchaudio makes them."""

import math

import torch
from torch import Tensor


def kaldi_filters(rate: int, size: int, bands: int, lowest: float) -> Tensor:
    """Triangles on the scale 1127·ln(1 + f/700) from `lowest` Hz to rate/2, each of height one: [bands, size/2 + 1].

    Made in the default dtype, float32. The bin at rate/2 is in no filter.
    """
    bottom, top = (1127.0 * math.log(1.0 + hertz / 700.0) for hertz in (lowest, rate / 2))
    step = (top - bottom) / (bands + 1)
    band = torch.arange(bands)[:, None]
    left, centre, right = bottom + band * step, bottom + (band + 1.0) * step, bottom + (band + 2.0) * step
    mel = 1127.0 * (1.0 + rate / size * torch.arange(size // 2) / 700.0).log()
    rising, falling = (mel - left) / (centre - left), (right - mel) / (right - centre)
    triangles = torch.minimum(rising, falling).clamp(min=0)
    return torch.nn.functional.pad(triangles, (0, 1))

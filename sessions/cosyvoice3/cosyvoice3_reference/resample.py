"""Change of sample rate by a windowed sinc."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

ZERO_CROSSINGS = 64
ROLLOFF = 0.95


def resample(wav: Tensor, source: int, target: int) -> Tensor:
    """wav [L] at `source` Hz → float64 [⌈L·target/source⌉] at `target` Hz.

    With target/source reduced to up/down, output n lies at input position n·down/up: a filter for each of the `up`
    fractions, each moved on by `down` samples.
    """
    divisor = math.gcd(source, target)
    up, down = target // divisor, source // divisor
    cutoff = ROLLOFF * min(1.0, up / down)
    half = math.ceil(ZERO_CROSSINGS / cutoff)
    taps = torch.arange(-half, half + down + 1, dtype=torch.float64)
    filters = torch.stack([_filter(taps - phase * down / up, cutoff, half) for phase in range(up)])
    padded = F.pad(wav.double(), (half, half + down))
    phases = F.conv1d(padded[None, None], filters[:, None], stride=down)[0]
    return phases.T.flatten()[: math.ceil(len(wav) * up / down)]


def _filter(distance: Tensor, cutoff: float, half: int) -> Tensor:
    """Sinc of that cutoff (1 = Nyquist) under a Hann window of ±half samples, made to sum to one."""
    window = torch.cos(torch.pi / 2 * (distance / half).clamp(-1, 1)).square()
    taps = torch.sinc(cutoff * distance) * window
    return taps / taps.sum()

"""Change of sample rate by a windowed sinc, as `torchaudio.transforms.Resample` does it by default."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from workbench.reference import tap

ZERO_CROSSINGS = 6
ROLLOFF = 0.99


def resample(wav: Tensor, source: int, target: int) -> Tensor:
    """wav [B, L] at `source` Hz → [B, ⌈L·target/source⌉] at `target` Hz, float32; wav itself where the rates are equal.

    With target/source reduced to up/down, output n lies at input position n·down/up: a filter for each of the `up`
    fractions, each moved on by `down` samples.
    """
    if source == target:
        return wav
    divisor = math.gcd(source, target)
    up, down = target // divisor, source // divisor
    kernel = tap(f"to_{target}.kernel", sinc_kernel(up, down))
    width = half_width(up, down)
    padded = F.pad(wav, (width, width + down))
    phases = tap(f"to_{target}.phases", F.conv1d(padded[:, None], kernel, stride=down))
    return phases.transpose(1, 2).reshape(len(wav), -1)[:, : new_length(wav.shape[1], up, down)]


def new_length(length: int, up: int, down: int) -> int:
    """⌈length·up/down⌉, of a quotient that was rounded to float32: a small fraction of a long wav is lost."""
    return math.ceil(np.float32(up * length / down))


def half_width(up: int, down: int) -> int:
    """Samples on either side that a filter sees."""
    return math.ceil(ZERO_CROSSINGS * down / (min(up, down) * ROLLOFF))


def sinc_kernel(up: int, down: int) -> Tensor:
    """Sincs under Hann windows of six zero crossings a side: float32 [up, 1, down + 2·half_width], made in float64."""
    width, cutoff = half_width(up, down), min(up, down) * ROLLOFF
    samples = torch.arange(-width, width + down, dtype=torch.float64)[None, None] / down
    # Integers divided in the default dtype, float32: torchaudio's times are that far from exact.
    fractions = torch.arange(0, -up, -1)[:, None, None] / up
    times = ((fractions + samples) * cutoff).clamp(-ZERO_CROSSINGS, ZERO_CROSSINGS)
    window = torch.cos(times * math.pi / ZERO_CROSSINGS / 2) ** 2
    angles = times * math.pi
    sinc = torch.where(angles == 0, torch.ones_like(angles), angles.sin() / angles)
    return (sinc * (window * (cutoff / down))).float()

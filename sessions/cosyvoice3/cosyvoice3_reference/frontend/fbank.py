"""Kaldi's log filter bank, which the speaker embedding is made of."""

import torch
from torch import Tensor
from torch.nn import functional as F

from cosyvoice3_reference.frontend.kaldi_filters import kaldi_filters
from workbench.reference import tap

SAMPLE_RATE = 16_000
FRAME = 400
HOP = 160
SIZE = 512
SHORTEST = FRAME + HOP
"""Samples: of a single frame nothing is left but zeros once its mean is taken away."""
BANDS = 80
LOWEST_HZ = 20.0
EMPHASIS = 0.97
SMALLEST = torch.finfo(torch.float32).eps


def fbank(wav: Tensor) -> Tensor:
    """wav [B, L] at 16 kHz, ±1, L ≥ 400 → [B, 1 + (L − 400) // 160, 80], float32, each band minus its mean over time.

    `torchaudio.compliance.kaldi.fbank` with 80 bands and no dither: frames of 400 without padding, minus their mean,
    x[n] − 0.97·x[n−1], Povey window, FFT of 512, power, log of at least float32's epsilon.
    """
    framed = tap("framed", wav.unfold(-1, FRAME, HOP))
    centred = tap("centred", framed - framed.mean(dim=-1, keepdim=True))
    before = F.pad(centred, (1, 0), mode="replicate")[..., :-1]
    emphasised = tap("emphasised", centred - EMPHASIS * before)
    windowed = tap("windowed", emphasised * tap("window", povey_window(FRAME)))
    spectrum = tap("spectrum", torch.view_as_real(torch.fft.rfft(F.pad(windowed, (0, SIZE - FRAME)))))
    power = tap("power", torch.view_as_complex(spectrum).abs().pow(2.0))
    mel = tap("mel", power @ tap("filters", kaldi_filters(SAMPLE_RATE, SIZE, BANDS, LOWEST_HZ)).T)
    logarithm = tap("log", mel.clamp(min=SMALLEST).log())
    return logarithm - logarithm.mean(dim=1, keepdim=True)


def povey_window(size: int) -> Tensor:
    """A symmetric Hann window to the power of 0.85: float32 [size]."""
    return torch.hann_window(size, periodic=False).pow(0.85)

"""The log-mel spectrogram that CosyVoice3 is trained on."""

import torch
from torch import Tensor
from torch.nn import functional as F

from cosyvoice3_reference.frontend.mel_filters import mel_filters
from cosyvoice3_reference.frontend.stft import stft
from workbench.reference import tap

SAMPLE_RATE = 24_000
SIZE = 1920
HOP = 480
BANDS = 80
EDGE = (SIZE - HOP) // 2
SHORTEST = EDGE + 1
"""Samples: what is reflected must be there."""
SMALLEST = 1e-5


def mel24k(wav: Tensor) -> Tensor:
    """wav [B, L] at 24 kHz, ±1, L > 720 → natural log-mel [B, 80, L // 480], float32.

    Hann window and FFT of 1920, hop 480, reflected by 720 at both ends, √(re² + im² + 1e-9), Slaney filters from
    0 to 12 kHz, log of at least 1e-5; `mel_spectrogram` of Matcha-TTS with CosyVoice3's settings.
    """
    padded = F.pad(wav[:, None], (EDGE, EDGE), mode="reflect")[:, 0]
    spectrum = stft(padded, SIZE, HOP)
    magnitude = tap("magnitude", torch.sqrt(spectrum.pow(2).sum(-1) + 1e-9).transpose(1, 2))
    filters = tap("filters", mel_filters(SAMPLE_RATE, SIZE, BANDS))
    return torch.log(tap("mel", filters @ magnitude).clamp(min=SMALLEST))

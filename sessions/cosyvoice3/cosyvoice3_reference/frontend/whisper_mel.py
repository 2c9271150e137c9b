"""Whisper's log-mel spectrogram, of which the speech tokens are made."""

import torch
from torch import Tensor
from torch.nn import functional as F

from cosyvoice3_reference.frontend.mel_filters import mel_filters
from cosyvoice3_reference.frontend.stft import stft
from workbench.reference import tap

SAMPLE_RATE = 16_000
SIZE = 400
HOP = 160
BANDS = 128
EDGE = SIZE // 2
SHORTEST = EDGE + 1
"""Samples: what is reflected must be there."""


def whisper_mel(wav: Tensor) -> Tensor:
    """wav [B, L] at 16 kHz, ±1, L > 200 → [B, 128, L // 160], float32; `whisper.log_mel_spectrogram`, 128 bands.

    Reflected by 200 at both ends, the last frame dropped; log10 of at least 1e-10, at most 8 below the loudest of the
    whole batch, then (x + 4)/4.
    """
    padded = F.pad(wav[:, None], (EDGE, EDGE), mode="reflect")[:, 0]
    spectrum = torch.view_as_complex(stft(padded, SIZE, HOP)).transpose(1, 2)
    power = tap("power", spectrum[..., :-1].abs() ** 2)
    mel = tap("mel", tap("filters", mel_filters(SAMPLE_RATE, SIZE, BANDS)) @ power)
    logarithm = tap("log", mel.clamp(min=1e-10).log10())
    raised = tap("raised", torch.maximum(logarithm, logarithm.max() - 8.0))
    return (raised + 4.0) / 4.0

"""Whisper's log-mel spectrogram, which the tokenizer hears."""

import torch
from torch import Tensor

from cosyvoice3_reference.mel import slaney_filters

SAMPLE_RATE = 16_000
N_FFT, HOP, MELS = 400, 160, 128


def whisper_mel(wav: Tensor) -> Tensor:
    """wav [L] at 16 kHz, ±1 → [1, 128, L // 160]: log10 of at least 1e-10, at most 8 below the largest, (x + 4)/4."""
    spectrum = torch.stft(wav.float(), N_FFT, HOP, window=torch.hann_window(N_FFT), return_complex=True)
    power = spectrum[:, :-1].abs().square()
    logarithm = (slaney_filters(SAMPLE_RATE, N_FFT, MELS) @ power).clamp(min=1e-10).log10()
    return ((torch.maximum(logarithm, logarithm.max() - 8.0) + 4.0) / 4.0)[None]

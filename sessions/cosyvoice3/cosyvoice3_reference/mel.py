"""The log-mel spectrogram that CosyVoice3 is trained on ("mel24k")."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

SAMPLE_RATE = 24_000
N_FFT = 1920
HOP = 480
MELS = 80
SMALLEST = 1e-5

# Slaney's mel scale: linear below 1 kHz, where 15 mel are reached; above it, 27 mel for a factor of 6.4.
HZ_PER_MEL = 200 / 3
KNEE_HZ = 1000.0
KNEE_MEL = KNEE_HZ / HZ_PER_MEL
LOG_STEP = math.log(6.4) / 27


def mel24k(wav: Tensor) -> Tensor:
    """wav [L] at 24 kHz, ±1 → natural log-mel [80, L // 480], float32.

    Hann window and FFT of 1920, hop 480, reflected by 720 at both ends, √(re² + im² + 1e-9), Slaney filters from
    0 to 12 kHz, log of at least 1e-5.
    """
    edge = (N_FFT - HOP) // 2
    padded = F.pad(wav.float()[None, None], (edge, edge), mode="reflect")[0, 0]
    window = torch.hann_window(N_FFT)
    spectrum = torch.stft(padded, N_FFT, HOP, N_FFT, window, center=False, return_complex=True)
    magnitude = torch.sqrt(spectrum.real.square() + spectrum.imag.square() + 1e-9)
    return torch.log((mel_filters() @ magnitude).clamp(min=SMALLEST))


def mel_filters() -> Tensor:
    """The filters of `mel24k`: float32 [80, 961]."""
    return slaney_filters(SAMPLE_RATE, N_FFT, MELS)


def slaney_filters(rate: int, n_fft: int, mels: int) -> Tensor:
    """Triangles on Slaney's scale from 0 to rate/2, each of area one (in Hz): float32 [mels, n_fft/2 + 1]."""
    bins = torch.linspace(0, rate / 2, n_fft // 2 + 1, dtype=torch.float64)
    edges = _hz(torch.linspace(0, _mel(rate / 2), mels + 2, dtype=torch.float64))
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    # librosa rounds the triangles to float32 before it scales them: with that the filters are bit-equal to its own.
    triangles = torch.minimum(rising, falling).clamp(min=0).float()
    return (triangles.double() * (2 / (high - low))).float()


def _mel(hz: float) -> float:
    """Frequency above the knee → mel."""
    return KNEE_MEL + math.log(hz / KNEE_HZ) / LOG_STEP


def _hz(mel: Tensor) -> Tensor:
    return torch.where(mel < KNEE_MEL, mel * HZ_PER_MEL, KNEE_HZ * torch.exp((mel - KNEE_MEL) * LOG_STEP))

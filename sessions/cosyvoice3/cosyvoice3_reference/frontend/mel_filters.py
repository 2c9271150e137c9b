"""Slaney's mel filters, as librosa makes them."""

import math

import torch
from torch import Tensor

# Slaney's mel scale: linear below 1 kHz, where 15 mel are reached; above it, 27 mel for a factor of 6.4.
HZ_PER_MEL = 200 / 3
KNEE_HZ = 1000.0
KNEE_MEL = KNEE_HZ / HZ_PER_MEL
LOG_STEP = math.log(6.4) / 27


def mel_filters(rate: int, size: int, bands: int) -> Tensor:
    """Triangles on Slaney's scale from 0 to rate/2 Hz, each of area one (in Hz): float32 [bands, size/2 + 1].

    `rate` in Hz, at least 2000; `size` of the Fourier transform.
    """
    bins = torch.linspace(0, rate / 2, size // 2 + 1, dtype=torch.float64)
    edges = _hz(torch.linspace(0, _mel(rate / 2), bands + 2, dtype=torch.float64))
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

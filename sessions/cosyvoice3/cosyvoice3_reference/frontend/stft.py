"""The short-time Fourier transform in steps, each of them a tap."""

import torch
from torch import Tensor

from workbench.reference import tap


def stft(padded: Tensor, size: int, hop: int) -> Tensor:
    """Padded wav [B, L] → [B, T, size/2 + 1, 2], real and imaginary parts of frames under a periodic Hann window.

    As `torch.stft(…, center=False)`, but with the frames before the frequencies.
    """
    framed = tap("framed", padded.unfold(-1, size, hop))
    windowed = tap("windowed", framed * tap("window", torch.hann_window(size)))
    return tap("spectrum", torch.view_as_real(torch.fft.rfft(windowed)))

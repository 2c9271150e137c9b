"""The source signal: harmonics of the pitch where there is one, noise where there is none."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cosyvoice3_reference.hift.config import HiftConfig


class SineGenerator(nn.Module):
    """Pitch → sines of the fundamental and its overtones, with noise.

    `rand_ini` [1, harmonics] and `sine_waves` [1, ≥ 480·T, harmonics] are what the original draws once, when it is
    constructed, and keeps: uniform numbers below one. They have to be set before a call.
    """

    rand_ini: Tensor
    sine_waves: Tensor

    def __init__(self, config: HiftConfig) -> None:
        super().__init__()
        self.config = config

    def forward(self, f0: Tensor) -> tuple[Tensor, Tensor]:
        """f0 [B, L, 1] in Hz → waves [B, L, harmonics], and where it is voiced [B, L, 1]."""
        config = self.config
        orders = torch.arange(1, config.harmonics + 1, dtype=f0.dtype)
        sines = self.sines(f0 * orders) * config.nsf_alpha
        voiced = (f0 > config.nsf_voiced_threshold).to(f0.dtype)
        noise_amplitude = voiced * config.nsf_sigma + (1 - voiced) * config.nsf_alpha / 3
        noise = noise_amplitude * self.sine_waves[:, : f0.shape[1]]
        return sines * voiced + noise, voiced

    def sines(self, frequencies: Tensor) -> Tensor:
        """[B, L, harmonics] in Hz → sines.

        The phase stands still within a mel frame: it is summed up at 50 Hz and then repeated. What `rand_ini` adds to
        the first sample never reaches the frame's middle, where the frequency is taken.
        """
        turns = (frequencies / self.config.sampling_rate) % 1
        turns[:, 0, :] = turns[:, 0, :] + self.rand_ini
        rate = self.config.samples
        turns = F.interpolate(turns.transpose(1, 2), scale_factor=1 / rate, mode="linear")
        phase = turns.cumsum(2) * 2 * torch.pi
        return F.interpolate(phase * rate, scale_factor=rate, mode="nearest").transpose(1, 2).sin()


class Source(nn.Module):
    """Pitch → one wave. A tuple as in the original, whose further elements nothing reads."""

    def __init__(self, config: HiftConfig) -> None:
        super().__init__()
        self.l_sin_gen = SineGenerator(config)
        self.l_linear = nn.Linear(config.harmonics, 1)
        self.l_tanh = nn.Tanh()

    def forward(self, f0: Tensor) -> tuple[Tensor]:
        """f0 [B, L, 1] in Hz → [B, L, 1]."""
        waves, _ = self.l_sin_gen(f0)
        return (self.l_tanh(self.l_linear(waves)),)

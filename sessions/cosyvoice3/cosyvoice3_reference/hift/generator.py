"""The whole vocoder."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from cosyvoice3_reference.hift.causal_conv import LeftConv, RepeatingConv, RightConv, ThinningConv
from cosyvoice3_reference.hift.config import HiftConfig
from cosyvoice3_reference.hift.f0_predictor import F0Predictor
from cosyvoice3_reference.hift.resblock import ResBlock
from cosyvoice3_reference.hift.source import Source
from workbench.reference import tap

LAST_SLOPE = 0.01
LARGEST_MAGNITUDE = 1e2
POST_KERNEL = 7


class Generator(nn.Module):
    """Mel → sound; parameter names as in `hift.pt` below `generator.`."""

    def __init__(self, config: HiftConfig) -> None:
        super().__init__()
        self.config = config
        levels = range(len(config.upsample_rates))
        bins = 2 * config.bins
        self.m_source = Source(config)
        self.f0_upsamp = nn.Upsample(scale_factor=config.samples)
        self.conv_pre = weight_norm(RightConv(config.in_channels, config.base_channels, config.conv_pre_look_right + 1))
        self.ups = nn.ModuleList(weight_norm(self._up(level)) for level in levels)
        self.source_downs = nn.ModuleList(self._down(level) for level in levels)
        self.source_resblocks = nn.ModuleList(
            ResBlock(config.channels(level + 1), kernel, dilations)
            for level, kernel, dilations in zip(
                levels, config.source_resblock_kernel_sizes, config.source_resblock_dilation_sizes, strict=True
            )
        )
        self.resblocks = nn.ModuleList(
            ResBlock(config.channels(level + 1), kernel, dilations)
            for level in levels
            for kernel, dilations in zip(config.resblock_kernel_sizes, config.resblock_dilation_sizes, strict=True)
        )
        self.conv_post = weight_norm(LeftConv(config.channels(len(levels)), bins, POST_KERNEL))
        self.reflection_pad = nn.ReflectionPad1d((1, 0))
        # Rounded to float32 before anything is computed with it, also in a float64 run.
        self.stft_window = torch.hann_window(config.istft_n_fft, dtype=torch.float64).float()
        self.f0_predictor = F0Predictor(config)

    def _up(self, level: int) -> RepeatingConv:
        config = self.config
        channels, out = config.channels(level), config.channels(level + 1)
        return RepeatingConv(channels, out, config.upsample_kernel_sizes[level], config.upsample_rates[level])

    def _down(self, level: int) -> nn.Module:
        channels, rate = self.config.channels(level + 1), self.config.source_rates[level]
        bins = 2 * self.config.bins
        return LeftConv(bins, channels, 1) if rate == 1 else ThinningConv(bins, channels, rate)

    def f0(self, mel: Tensor, finalize: bool) -> Tensor:
        """mel [B, 80, T] → Hz [B, T], or [B, T − 3] where more is to come.

        Computed in float64, in which `weights.load` has put the predictor, and given in mel's dtype.
        """
        f0: Tensor = self.f0_predictor(mel.to(torch.float64), finalize=finalize)
        return f0.to(mel)

    def source(self, f0: Tensor) -> Tensor:
        """f0 [B, T] in Hz → the source wave [B, 1, 480·T]."""
        samples = self.f0_upsamp(f0[:, None]).transpose(1, 2)
        wave: Tensor = self.m_source(samples)[0]
        return wave.transpose(1, 2)

    def inference(self, mel: Tensor, finalize: bool) -> tuple[Tensor, Tensor]:
        """mel [B, 80, T] → sound [B, 480·T] and its source [B, 1, 480·T].

        Where more is to come eight frames are kept back: [B, 480·(T − 8)] and [B, 1, 480·(T − 3)].
        """
        s = self.source(self.f0(mel, finalize))
        x = mel if finalize else self.f0_predictor.condnet[0].split(mel)[0]
        return self.decode(x, s, finalize), s

    def decode(self, x: Tensor, s: Tensor, finalize: bool) -> Tensor:
        """mel x [B, 80, T] and source s [B, 1, 480·T] → sound [B, 480·T], ±0.99.

        Where more is to come the last four mel frames are only looked at, and one more frame of sound is kept back:
        [B, 480·(T − 5)].
        """
        config = self.config
        real, imag = self._stft(s.squeeze(1))
        if finalize:
            x = self.conv_pre(x)
        else:
            x = self.conv_pre(*self.conv_pre.split(x))
            ahead = config.stft_frames * config.conv_pre_look_right
            real, imag = real[:, :, :-ahead], imag[:, :, :-ahead]
        wave = self._istft(*self._spectrum(x, torch.cat((real, imag), dim=1)))
        if not finalize:
            wave = wave[:, : -config.samples]
        return wave.clamp(-config.audio_limit, config.audio_limit)

    def _spectrum(self, x: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
        """x [B, C, T] and the source's spectrum [B, 18, 120·T + 1] → magnitude and phase, each [B, 9, 120·T + 1]."""
        config, kinds = self.config, len(self.config.resblock_kernel_sizes)
        for level, (up, down, block) in enumerate(zip(self.ups, self.source_downs, self.source_resblocks, strict=True)):
            x = up(F.leaky_relu(x, config.lrelu_slope))
            if level == len(self.ups) - 1:
                x = self.reflection_pad(x)
            x = tap(f"fused.{level}", x + block(down(source)))
            blocks = self.resblocks[level * kinds : (level + 1) * kinds]
            x = sum(block(x) for block in blocks) / kinds
        x = self.conv_post(F.leaky_relu(x, LAST_SLOPE))
        return x[:, : config.bins].exp(), x[:, config.bins :].sin()

    def _stft(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[B, L] → real and imaginary part [B, 9, L/4 + 1]: centred frames, edges reflected."""
        n_fft, hop = self.config.istft_n_fft, self.config.istft_hop
        spectrum = torch.view_as_real(torch.stft(x, n_fft, hop, n_fft, window=self.stft_window, return_complex=True))
        return tap("stft_real", spectrum[..., 0]), tap("stft_imag", spectrum[..., 1])

    def _istft(self, magnitude: Tensor, phase: Tensor) -> Tensor:
        """Magnitude, of which no more than 100 counts, and phase [B, 9, N] → [B, 4·(N − 1)]."""
        n_fft, hop = self.config.istft_n_fft, self.config.istft_hop
        magnitude, phase = tap("magnitude", magnitude), tap("phase", phase)
        magnitude = magnitude.clip(max=LARGEST_MAGNITUDE)
        spectrum = torch.complex(magnitude * phase.cos(), magnitude * phase.sin())
        return torch.istft(spectrum, n_fft, hop, n_fft, window=self.stft_window)

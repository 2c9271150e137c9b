"""The configuration that the vocoder's reference and port are both built from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cosyvoice3_reference.reading import read


@dataclass(frozen=True)
class HiftConfig:
    """Sizes of HiFT; the attributes are the keys of `hift` in `small.json` and `full.json`, as in cosyvoice3.yaml."""

    in_channels: int
    base_channels: int
    nb_harmonics: int
    sampling_rate: int
    nsf_alpha: float
    nsf_sigma: float
    nsf_voiced_threshold: float
    upsample_rates: list[int]
    upsample_kernel_sizes: list[int]
    istft_n_fft: int
    istft_hop: int
    resblock_kernel_sizes: list[int]
    resblock_dilation_sizes: list[list[int]]
    source_resblock_kernel_sizes: list[int]
    source_resblock_dilation_sizes: list[list[int]]
    lrelu_slope: float
    audio_limit: float
    conv_pre_look_right: int
    f0_cond_channels: int

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> "HiftConfig":
        """Take exactly the declared keys; raises ValueError that names what is missing or unknown."""
        return read(cls, config, "hift")

    @property
    def stft_frames(self) -> int:
        """Frames of the short-time spectrum per mel frame: the upsampling of the network."""
        return math.prod(self.upsample_rates)

    @property
    def samples(self) -> int:
        """Samples per mel frame."""
        return self.stft_frames * self.istft_hop

    @property
    def bins(self) -> int:
        """Frequencies of the short-time spectrum."""
        return self.istft_n_fft // 2 + 1

    @property
    def harmonics(self) -> int:
        """The fundamental and its overtones."""
        return self.nb_harmonics + 1

    def channels(self, level: int) -> int:
        """Channels after `level` upsamplings."""
        return self.base_channels // 2**level

    @property
    def source_rates(self) -> list[int]:
        """By how much the source's spectrum is thinned out at each level: [15, 3, 1]."""
        return [math.prod(self.upsample_rates[level + 1 :]) for level in range(len(self.upsample_rates))]

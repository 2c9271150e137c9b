"""The whole of CAM++."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from cosyvoice3_reference.frontend.speaker.config import SpeakerConfig
from cosyvoice3_reference.frontend.speaker.dense import DenseBlock
from cosyvoice3_reference.frontend.speaker.head import Head, normalised

KERNEL = 5


class Tdnn(nn.Module):
    """[B, in, T] → [B, out, ⌈T/2⌉]: a convolution over five frames with a stride of two."""

    def __init__(self, inward: int, outward: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(inward, outward, KERNEL, stride=2, padding=KERNEL // 2, bias=False)
        self.nonlinear = normalised(outward)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve, normalise."""
        normal: Tensor = self.nonlinear(self.linear(x))
        return normal


class Transit(nn.Module):
    """[B, C, T] → [B, C/2, T]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.nonlinear = normalised(channels)
        self.linear = nn.Conv1d(channels, channels // 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise, halve the channels."""
        halved: Tensor = self.linear(self.nonlinear(x))
        return halved


class Statistics(nn.Module):
    """[B, C, T] → [B, 2·C]: mean and standard deviation (of T − 1) over time; T is at least two."""

    def forward(self, x: Tensor) -> Tensor:
        """Means first."""
        return torch.cat((x.mean(dim=-1), x.std(dim=-1)), dim=-1)


class Embedding(nn.Module):
    """[B, 2·C] → [B, embedding], normalised without scale and shift."""

    def __init__(self, channels: int, embedding: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, embedding, 1, bias=False)
        self.nonlinear = nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(embedding, affine=False)))

    def forward(self, x: Tensor) -> Tensor:
        """Project, normalise."""
        normal: Tensor = self.nonlinear(self.linear(x[..., None])[..., 0])
        return normal


class CamPlusPlus(nn.Module):
    """Speaker embedding of a filter bank; parameter names as in `campplus_cn_common.bin` (3D-Speaker's `CAMPPlus`)."""

    def __init__(self, config: SpeakerConfig) -> None:
        super().__init__()
        self.head = Head(config.head_channels)
        channels = config.channels
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        layers["tdnn"] = Tdnn(config.head_channels * config.bands // 8, channels)
        for i, (count, dilation) in enumerate(zip(config.layers, config.dilations, strict=True), 1):
            layers[f"block{i}"] = DenseBlock(config, channels, count, dilation)
            channels += count * config.growth
            layers[f"transit{i}"] = Transit(channels)
            channels //= 2
        layers["out_nonlinear"] = normalised(channels)
        layers["stats"] = Statistics()
        layers["dense"] = Embedding(2 * channels, config.embedding)
        self.xvector = nn.Sequential(layers)

    def forward(self, fbank: Tensor) -> Tensor:
        """fbank [B, T, bands], T ≥ 3, each band minus its mean → [B, embedding]."""
        embedded: Tensor = self.xvector(self.head(fbank.transpose(1, 2)))
        return embedded

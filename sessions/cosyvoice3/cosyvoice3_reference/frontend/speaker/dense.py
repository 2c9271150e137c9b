"""Densely connected time-delay layers, each weighted by its context."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cosyvoice3_reference.frontend.speaker.config import SpeakerConfig
from cosyvoice3_reference.frontend.speaker.head import normalised
from workbench.reference import tap


class CamLayer(nn.Module):
    """[B, bottleneck, T] → [B, growth, T]: a convolution, weighted by what the segment and the whole are like."""

    def __init__(self, config: SpeakerConfig, dilation: int) -> None:
        super().__init__()
        inner, growth = config.bottleneck * config.growth, config.growth
        self.segment = config.segment
        self.linear_local = nn.Conv1d(inner, growth, 3, padding=dilation, dilation=dilation, bias=False)
        self.linear1 = nn.Conv1d(inner, inner // 2, 1)
        self.relu = nn.ReLU()
        self.linear2 = nn.Conv1d(inner // 2, growth, 1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Weigh each channel of the convolution between 0 and 1."""
        context = tap("context", x.mean(-1, keepdim=True) + segment_means(x, self.segment))
        weight: Tensor = self.sigmoid(self.linear2(self.relu(self.linear1(context))))
        local: Tensor = self.linear_local(x)
        return local * weight


def segment_means(x: Tensor, length: int) -> Tensor:
    """x [B, C, T] → the same shape: each frame is the mean of its segment; the last segment may be shorter."""
    means = F.avg_pool1d(x, kernel_size=length, stride=length, ceil_mode=True)
    return means.repeat_interleave(length, dim=-1)[..., : x.shape[-1]]


class DenseLayer(nn.Module):
    """[B, C, T] → [B, growth, T]."""

    def __init__(self, config: SpeakerConfig, channels: int, dilation: int) -> None:
        super().__init__()
        inner = config.bottleneck * config.growth
        self.nonlinear1 = normalised(channels)
        self.linear1 = nn.Conv1d(channels, inner, 1, bias=False)
        self.nonlinear2 = normalised(inner)
        self.cam_layer = CamLayer(config, dilation)

    def forward(self, x: Tensor) -> Tensor:
        """What the layer adds to its input's channels."""
        added: Tensor = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(x))))
        return added


class DenseBlock(nn.Module):
    """[B, C, T] → [B, C + layers·growth, T]: every layer sees the channels of all before it."""

    def __init__(self, config: SpeakerConfig, channels: int, layers: int, dilation: int) -> None:
        super().__init__()
        for i in range(layers):
            self.add_module(f"tdnnd{i + 1}", DenseLayer(config, channels + i * config.growth, dilation))

    def forward(self, x: Tensor) -> Tensor:
        """Append what each layer adds."""
        for layer in self.children():
            x = torch.cat((x, layer(x)), dim=1)
        return x

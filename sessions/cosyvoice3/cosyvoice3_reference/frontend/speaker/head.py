"""The two-dimensional head: from a filter bank to channels over time."""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def conv3x3(inward: int, outward: int, stride: int) -> nn.Conv2d:
    """A convolution over bands and frames; the stride is that of the bands."""
    return nn.Conv2d(inward, outward, kernel_size=3, stride=(stride, 1), padding=1, bias=False)


class ResBlock(nn.Module):
    """[B, C, M, T] → [B, C, ⌈M/stride⌉, T]: two convolutions and a shortcut, which is a convolution where M shrinks."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = conv3x3(channels, channels, stride)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = conv3x3(channels, channels, 1)
        self.bn2 = nn.BatchNorm2d(channels)
        shrinking = nn.Conv2d(channels, channels, kernel_size=1, stride=(stride, 1), bias=False)
        self.shortcut = nn.Sequential(shrinking, nn.BatchNorm2d(channels)) if stride > 1 else nn.Sequential()

    def forward(self, x: Tensor) -> Tensor:
        """Convolve twice and add."""
        inner = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(inner)) + self.shortcut(x))


class Head(nn.Module):
    """Filter bank [B, M, T] → [B, channels·M/8, T]; M is divisible by eight."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = conv3x3(1, channels, 1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.layer1 = nn.Sequential(ResBlock(channels, 2), ResBlock(channels, 1))
        self.layer2 = nn.Sequential(ResBlock(channels, 2), ResBlock(channels, 1))
        self.conv2 = conv3x3(channels, channels, 2)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """The bands of each channel side by side."""
        x = F.relu(self.bn1(self.conv1(x[:, None])))
        x = self.layer2(self.layer1(x))
        return torch.flatten(F.relu(self.bn2(self.conv2(x))), 1, 2)


def normalised(channels: int) -> nn.Sequential:
    """Batch norm, then ReLU."""
    return nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(channels), relu=nn.ReLU()))

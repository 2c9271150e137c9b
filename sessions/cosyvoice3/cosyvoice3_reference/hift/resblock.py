"""Residual blocks with a periodic activation."""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from cosyvoice3_reference.hift.causal_conv import LeftConv


class Snake(nn.Module):
    """[B, C, T] → [B, C, T]: x + sin²(α·x)/(α + 1e-9), an α for each channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Activate."""
        alpha = self.alpha[None, :, None]
        return x + (1.0 / (alpha + 1e-9)) * torch.sin(x * alpha).pow(2)


class ResBlock(nn.Module):
    """[B, C, T] → [B, C, T]: for every dilation, Snake, dilated convolution, Snake, convolution, added to its input."""

    def __init__(self, channels: int, kernel: int, dilations: list[int]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(weight_norm(LeftConv(channels, channels, kernel, each)) for each in dilations)
        self.convs2 = nn.ModuleList(weight_norm(LeftConv(channels, channels, kernel)) for _ in dilations)
        self.activations1 = nn.ModuleList(Snake(channels) for _ in dilations)
        self.activations2 = nn.ModuleList(Snake(channels) for _ in dilations)

    def forward(self, x: Tensor) -> Tensor:
        """Add up what the pairs of convolutions say."""
        layers = zip(self.activations1, self.convs1, self.activations2, self.convs2, strict=True)
        for activation1, conv1, activation2, conv2 in layers:
            x = conv2(activation2(conv1(activation1(x)))) + x
        return x

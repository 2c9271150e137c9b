"""Convolutions over time that see one direction only; parameter names are those of `nn.Conv1d`."""

from torch import Tensor, cat, nn
from torch.nn import functional as F


def causal_padding(kernel: int, dilation: int = 1) -> int:
    """Frames that a convolution of that size lacks to be as long as its input.

    The original's formula; it is (kernel − 1)·dilation wherever that is even or the dilation is one.
    """
    return (kernel * dilation - dilation) // 2 * 2 + (kernel + 1) % 2


class LeftConv(nn.Conv1d):
    """[B, C, T] → [B, C', T]: sees the past, which begins with zeros."""

    def __init__(self, channels: int, out: int, kernel: int, dilation: int = 1) -> None:
        super().__init__(channels, out, kernel, dilation=dilation)
        self.past = causal_padding(kernel, dilation)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve."""
        return super().forward(F.pad(x, (self.past, 0)))


class RightConv(nn.Conv1d):
    """[B, C, T] → [B, C', T]: sees `look` frames ahead, which are zeros unless they are given."""

    def __init__(self, channels: int, out: int, kernel: int) -> None:
        super().__init__(channels, out, kernel)
        self.look = causal_padding(kernel)

    def forward(self, x: Tensor, ahead: Tensor | None = None) -> Tensor:
        """Convolve x; `ahead` is [B, C, look]."""
        return super().forward(F.pad(x, (0, self.look)) if ahead is None else cat((x, ahead), dim=2))

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The frames of x [B, C, T + look] that are to be convolved, and those that are only looked at."""
        return x[:, :, : -self.look], x[:, :, -self.look :]


class ThinningConv(nn.Conv1d):
    """[B, C, T] → [B, C', ⌊(T − 1 − rate)/rate⌋ + 1]: kernel 2·rate, stride rate, rate − 1 zeros on the left."""

    def __init__(self, channels: int, out: int, rate: int) -> None:
        super().__init__(channels, out, 2 * rate, stride=rate)
        self.past = rate - 1

    def forward(self, x: Tensor) -> Tensor:
        """Convolve."""
        return super().forward(F.pad(x, (self.past, 0)))


class RepeatingConv(nn.Conv1d):
    """[B, C, T] → [B, C', rate·T]: every frame is repeated, then a convolution sees the past."""

    def __init__(self, channels: int, out: int, kernel: int, rate: int) -> None:
        super().__init__(channels, out, kernel)
        self.upsample = nn.Upsample(scale_factor=rate, mode="nearest")

    def forward(self, x: Tensor) -> Tensor:
        """Repeat and convolve."""
        return super().forward(F.pad(self.upsample(x), (self.kernel_size[0] - 1, 0)))

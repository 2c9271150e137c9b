"""Feed-forward layer of a block."""

from torch import Tensor, nn


class FeedForward(nn.Module):
    """[B, T, dim] → [B, T, dim]: Linear to mult·dim, GELU in its tanh form, Linear back."""

    def __init__(self, dim: int, mult: int) -> None:
        super().__init__()
        project_in = nn.Sequential(nn.Linear(dim, dim * mult), nn.GELU(approximate="tanh"))
        self.ff = nn.Sequential(project_in, nn.Dropout(0.1), nn.Linear(dim * mult, dim))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        out: Tensor = self.ff(x)
        return out

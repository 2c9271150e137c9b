"""Finite scalar quantisation: eight numbers, each rounded to one of three."""

import torch
from torch import Tensor, nn

from workbench.reference import tap

DIGITS, LEVELS = 8, 3
NEARLY_ONE = 0.9990000128746033
"""0.999 in float32, which keeps tanh away from ±1."""


class FsqCodebook(nn.Module):
    """[B, T, D] → tokens [B, T], int32: digit i of a token, to the base 3, is a number's level, −1, 0 or 1, plus 1."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project_down = nn.Linear(width, DIGITS)

    def forward(self, x: Tensor) -> Tensor:
        """Quantise."""
        levels = tap("levels", self.project_down(x).float().tanh() * NEARLY_ONE)
        tap("scores", code_scores(levels))
        powers = torch.pow(LEVELS, torch.arange(DIGITS, dtype=levels.dtype))
        return ((levels.round() + 1) * powers).sum(dim=-1).int()


def code_scores(levels: Tensor) -> Tensor:
    """Levels [B, T, 8] → [B, T, 6561]: minus the L1 distance of each code.

    Rounding takes the largest. The second lies as much below it as the number nearest to ±½ is away from there, twice:
    the margin of the choice.
    """
    digit_scores = -(levels[..., None] - torch.arange(-1.0, 2.0)).abs()
    scores = digit_scores[..., 0, :]
    for digit in range(1, DIGITS):
        scores = (digit_scores[..., digit, :, None] + scores[..., None, :]).flatten(-2)
    return scores

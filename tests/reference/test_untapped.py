"""Taps that a stage leaves to another one."""

import torch
from torch import nn

from workbench.reference import tap
from workbench.reference.hooks import Seen, Taps


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(2, 2), nn.Tanh())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(tap("x", self.inner(x)))


def names(*untapped: str) -> list[str]:
    seen: list[Seen] = []
    taps = Taps(seen.append, untapped)
    module = Twice()
    with torch.no_grad(), taps.on(module):
        output = module(torch.ones(1, 2))
    taps.output("inner.result", output, "", 0)
    return [each.name for each in seen]


def test_what_fits_no_pattern_is_tapped_each_time() -> None:
    assert names() == ["inner.0", "inner.1", "inner", "x", "inner.0#1", "inner.1#1", "inner#1", "inner.result"]


def test_a_pattern_takes_the_inside_of_every_call_and_no_output() -> None:
    assert names("inner.*") == ["inner", "x", "inner#1", "inner.result"]
    assert names("inner.*", "x") == ["inner", "inner#1", "inner.result"]

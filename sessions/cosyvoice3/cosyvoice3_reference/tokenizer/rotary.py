"""Cosines and sines of the tokenizer's rotary positions."""

import torch

from cosyvoice3_reference.llm.rotary import Angles

THETA = 10_000.0


def angles(length: int, head_dim: int) -> Angles:
    """Positions 0 … length − 1, laid out as the language model's.

    The original takes them from complex numbers of magnitude one: another routine than cos(), which differs by one unit
    in the last place.
    """
    frequencies = 1.0 / THETA ** (torch.arange(0, head_dim, 2).float() / head_dim)
    phases = torch.arange(length).float()[:, None] * frequencies[None, :]
    turns = torch.polar(torch.ones_like(phases), phases).repeat(1, 2)
    return Angles(turns.real, turns.imag)

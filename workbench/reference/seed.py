"""Randomness that is the same in every run."""

from __future__ import annotations

import random

import numpy
import torch


def sow(seed: int) -> None:
    """Seed every generator that a reference draws from."""
    torch.manual_seed(seed)
    numpy.random.seed(seed % 2**32)
    random.seed(seed)

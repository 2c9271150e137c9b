"""A few elements of a parameter, by which it is told from another checkpoint's."""

from __future__ import annotations

import math

import torch

COUNT = 16


def sample(parameter: torch.Tensor) -> list[tuple[int, float]]:
    """Index (of the flattened tensor) and value of at most 16 finite elements, spread evenly from first to last."""
    count = parameter.numel()
    if not parameter.is_floating_point() or parameter.layout is not torch.strided or not count:
        return []
    places = sorted({at * (count - 1) // (COUNT - 1) for at in range(COUNT)})
    values = parameter.detach().reshape(-1)[torch.tensor(places, device=parameter.device)].double().tolist()
    return [(place, value) for place, value in zip(places, values) if math.isfinite(value)]

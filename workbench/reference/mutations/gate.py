"""A product of two tensors without one of them, or with a gate of another kind."""

from __future__ import annotations

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("product", "mul", "div", turn=0)
def gate(call: Call) -> Changes:
    left, right = call["left"], call["right"]
    if not (isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor)):
        return
    shape = call.result.shape
    if left.shape == shape:
        yield Change(f"{call.kind} without its right factor (gate or scale missing)", lambda live: live["left"])
    if right.shape == shape:
        yield Change(f"{call.kind} without its left factor (gate or scale missing)", lambda live: live["right"])
    yield Change("1 + right factor", lambda live: live["left"] * (1 + live["right"]))
    yield Change("1 + left factor", lambda live: (1 + live["left"]) * live["right"])
    yield Change("right factor inverted", lambda live: live["left"] / live["right"])
    yield Change("left factor inverted", lambda live: live["right"] / live["left"])
    yield Change("division for product" if call.kind == "mul" else "product for division", _other)
    yield Change("right factor through a sigmoid", lambda live: live["left"] * torch.sigmoid(live["right"]))
    yield Change("sum for product", lambda live: live["left"] + live["right"])


def _other(live: Call) -> torch.Tensor:
    result: torch.Tensor = live["left"] / live["right"] if live.kind == "mul" else live["left"] * live["right"]
    return result

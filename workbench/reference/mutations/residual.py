"""A sum of two tensors with one of them missing, or subtracted."""

from __future__ import annotations

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("sum", "add", "sub", turn=0)
def residual(call: Call) -> Changes:
    left, right = call["left"], call["right"]
    if not (isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor)):
        return
    if left.shape == call.result.shape:
        yield Change("sum without its second term (residual or bias missing)", lambda live: live["left"])
    if right.shape == call.result.shape:
        yield Change("sum without its first term (residual missing)", lambda live: live["right"])
    other, word = (torch.sub, "minus for plus") if call.kind == "add" else (torch.add, "plus for minus")
    yield Change(word, lambda live: other(live["left"], live["right"]))
    yield Change("second term twice", lambda live: torch.add(live.run(), live["right"]))
    yield Change("first term twice", lambda live: torch.add(live.run(), live["left"]))
    yield Change("the difference the other way round", lambda live: live["right"] - live["left"])
    yield Change("product for sum", lambda live: live["left"] * live["right"])

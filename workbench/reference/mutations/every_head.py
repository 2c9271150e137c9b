"""What the reference does to the first channels only (a rotation of the first head) is done to all of them."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change, redone
from workbench.reference.explain.family import Changes, family
from workbench.reference.explain.tape import Operation, Ref, refs

DEPTH = 40


@family("every head", "cat", turn=0)
def every_head(call: Call) -> Changes:
    tensors = call["tensors"]
    if len(tensors) != 2 or call["dim"] not in (-1, tensors[0].ndim - 1):
        return
    first, rest = call.refs("tensors")
    if tensors[1].shape[-1] % tensors[0].shape[-1] or rest is None or rest.operation.kind != "getitem":
        return
    whole = refs(rest.operation.args[0])
    source = _slice_of(whole[0], first) if whole and first else None
    if source is not None and first is not None:
        yield Change("every head rotated for the first one", partial(_all, source=source, first=first, whole=whole[0]))


def _slice_of(whole: Ref, made: Ref) -> Operation | None:
    waiting = [made.operation]
    seen: set[Operation] = set()
    while waiting and len(seen) < DEPTH:
        operation = waiting.pop(0)
        if operation in seen:
            continue
        seen.add(operation)
        if operation.kind == "getitem" and operation.args[0] == whole:
            return operation
        waiting += operation.parents
    return None


def _all(live: Call, source: Operation, first: Ref, whole: Ref) -> torch.Tensor:
    width = live["tensors"][0].shape[-1]
    pieces = live.values.of(whole).split(width, -1)
    return torch.cat(redone(first, source, pieces, live.values), -1)

"""The other half of a tensor that is cut in two by slices: `x[..., :d]` for `x[..., d:]`, odd for even."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Optional

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family

Opposite = Callable[[slice, int], Optional[slice]]


@family("other half", "getitem", turn=0)
def other_half(call: Call) -> Changes:
    for words, opposite in (("the other half", _half), ("odd for even", _parity)):
        index = replaced(call["index"], call.input, opposite)
        if index is not None:
            yield Change(words, partial(Call.run, index=index))


def replaced(index: Any, x: torch.Tensor, other: Opposite) -> Any:
    """The index with its one slice that `other` changes changed; None where there is no such slice."""
    parts = list(index) if isinstance(index, tuple) else [index]
    dims = dims_of(parts, x.ndim)
    for at, (part, dim) in enumerate(zip(parts, dims)):
        if isinstance(part, slice) and part != slice(None) and dim is not None:
            new = other(part, x.shape[dim])
            if new is not None:
                return (*parts[:at], new, *parts[at + 1 :])
    return None


def dims_of(parts: list[Any], ndim: int) -> list[int | None]:
    """The axis that each part of an index is about; None for `None`, `...` and tensors."""
    counted = sum(part is not None and part is not Ellipsis for part in parts)
    dims: list[int | None] = []
    dim = 0
    for part in parts:
        if part is Ellipsis:
            dim += ndim - counted
        dims.append(dim if isinstance(part, (slice, int)) else None)
        dim += part is not None and part is not Ellipsis
    return dims


def _half(part: slice, size: int) -> slice | None:
    start, stop, step = part.indices(size)
    if step != 1 or 2 * (stop - start) != size or start not in (0, size // 2):
        return None
    return slice(size // 2, None) if start == 0 else slice(0, size // 2)


def _parity(part: slice, size: int) -> slice | None:
    start, _, step = part.indices(size)
    return slice(1 - start, None, 2) if step == 2 and start in (0, 1) and size % 2 == 0 else None

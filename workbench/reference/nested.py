"""Outputs that are tuples, lists or dicts of tensors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch

Visit = Callable[[str, torch.Tensor], torch.Tensor]


def visit(value: Any, name: str, seen: Visit) -> Any:
    """Give every tensor in `value` to `seen(name, tensor)` and put what it returns in its place.

    The elements of a tuple, list or dict are named `name.0`, `name.key`, at any depth. Returns `value` itself
    where nothing was replaced.
    """
    if isinstance(value, torch.Tensor):
        return seen(name, value)
    if isinstance(value, (tuple, list)):
        return _sequence(value, [visit(item, f"{name}.{i}", seen) for i, item in enumerate(value)])
    if isinstance(value, Mapping):
        return _mapping(value, {key: visit(item, f"{name}.{key}", seen) for key, item in value.items()})
    return value


def _sequence(old: Any, new: list[Any]) -> Any:
    if all(item is old[i] for i, item in enumerate(new)):
        return old
    named = isinstance(old, tuple) and hasattr(old, "_fields")
    return type(old)(*new) if named else type(old)(new)


def _mapping(old: Any, new: dict[Any, Any]) -> Any:
    changed = {key: item for key, item in new.items() if item is not old[key]}
    if not changed:
        return old
    result = copy.copy(old)
    for key, item in changed.items():
        result[key] = item
    return result

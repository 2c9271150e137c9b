"""The plain values that a module of the user's was made with."""

from __future__ import annotations

import math
from typing import Any, Union

import torch

Setting = Union[bool, int, float, str]
OWN = frozenset(vars(torch.nn.Module()))
"""Attributes that every module has."""
PLAIN = (torch.nn.Module, torch.nn.Sequential, torch.nn.ModuleList, torch.nn.ModuleDict)
"""Classes of torch's that add no settings."""


def settings(module: torch.nn.Module) -> dict[str, Setting]:
    """Its public attributes that are a number, a flag or a word, and those of its `config`; none of torch's layers.

    What a subclass of a torch layer has is mostly that layer's, under names that mean anything (`dim`, `in_channels`).
    """
    if any(cls.__module__.startswith("torch.nn.modules") for cls in type(module).__mro__ if cls not in PLAIN):
        return {}
    made = _plain(vars(module))
    config = vars(module).get("config")
    return {**_plain(getattr(config, "__dict__", {})), **made}


def _plain(attributes: dict[str, Any]) -> dict[str, Setting]:
    return {name: value for name, value in attributes.items() if not name.startswith("_") and _is_plain(name, value)}


def _is_plain(name: str, value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return name not in OWN and isinstance(value, (bool, int, str))

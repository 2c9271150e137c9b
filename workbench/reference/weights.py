"""Checkpoints: read .safetensors and PyTorch files without copying them, merge them, write .safetensors."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from workbench.reference.dtypes import STORED, plain, raw
from workbench.reference.failure import Failure
from workbench.reference.writer import Writer

Tensors = dict[str, torch.Tensor]
WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Keys under which training scripts keep the tensors, beside their optimiser and counters."""


def read(path: Path) -> Tensors:
    """All tensors of a checkpoint by key, mapped from the file where its format allows: writes do not reach the file.

    Raises Failure for a file that is missing, damaged, empty of tensors, or needs code to be unpickled.
    """
    if not path.is_file():
        raise Failure(f"{path}: no such weights file")
    tensors = _read_safetensors(path) if path.suffix == ".safetensors" else flatten(_read_pickle(path))
    if not tensors:
        raise Failure(f"{path} holds no tensors")
    return tensors


def merge(paths: Iterable[Path]) -> Tensors:
    """The tensors of several checkpoints as one. Raises Failure where two hold the same key."""
    merged: Tensors = {}
    origin: dict[str, Path] = {}
    for path in paths:
        for key, tensor in read(path).items():
            if key in merged:
                raise Failure(f"{key!r} is in {origin[key]} and in {path}; a stage's checkpoints may share no key")
            merged[key], origin[key] = tensor, path
    return merged


def write(path: Path, tensors: Mapping[str, torch.Tensor], written: Callable[[str], None]) -> None:
    """Write a safetensors file in one step; `written(key)` after each tensor.

    Raises Failure for a tensor that the format cannot hold, DiskFailure where the disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with Writer(path, tensors) as file:
        for key, tensor in tensors.items():
            stored = plain(tensor)
            file.add(key, STORED[stored.dtype], stored.shape, raw(stored))
            written(key)


def flatten(content: Any, prefix: str = "") -> Tensors:
    """The tensors of nested dicts under dotted keys; a `state_dict` inside stands for the whole."""
    if not isinstance(content, Mapping):
        return {}
    for key in WRAPPERS:
        if not prefix and isinstance(content.get(key), Mapping):
            return flatten(content[key])
    tensors: Tensors = {}
    for key, value in content.items():
        if isinstance(value, torch.Tensor):
            tensors[f"{prefix}{key}"] = value.detach()
        else:
            tensors.update(flatten(value, f"{prefix}{key}."))
    return tensors


def _read_safetensors(path: Path) -> Tensors:
    try:
        with safe_open(str(path), framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - it is no dict
    except (SafetensorError, OSError, ValueError) as error:
        raise Failure(f"{path} is no valid safetensors file: {error}; make or fetch it again") from error


def _read_pickle(path: Path) -> Any:
    try:
        try:
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        except RuntimeError as error:
            if "mmap" not in str(error):
                raise
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise Failure(f"{path} holds more than tensors, or is damaged: {_first_line(error)}") from error
    except (RuntimeError, OSError, EOFError, ValueError, KeyError) as error:
        raise Failure(f"{path} is no readable PyTorch checkpoint: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]

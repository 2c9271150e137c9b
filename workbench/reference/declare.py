"""What a session's reference.py declares: its stages, its checkpoints and its explicit taps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import torch

    Checkpoint = Callable[[dict[str, Any], int], dict[str, torch.Tensor]]

StageClass = TypeVar("StageClass", bound=type)
CheckpointFunction = TypeVar("CheckpointFunction", bound="Checkpoint")
Tapped = TypeVar("Tapped")
Listener = Callable[[str, Any], Any]

METHODS = ("build", "inputs", "run")


@dataclass
class Registry:
    """The stages (name to class) and checkpoints (name to function) of one reference.py, in order of declaration."""

    stages: dict[str, type] = field(default_factory=dict)
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)


_registry = Registry()
_listener: Listener | None = None


def stage(name: str) -> Callable[[StageClass], StageClass]:
    """Declare a class with `build(weights, config)`, `inputs(name, config)` and `run(module, inputs)` as a stage.

    Raises TypeError where a method is missing, ValueError where the name is empty or taken.
    """

    def declare(cls: StageClass) -> StageClass:
        missing = [method for method in METHODS if not callable(getattr(cls, method, None))]
        if missing:
            raise TypeError(f"stage {name!r}: class {cls.__name__} has no {'(), '.join(missing)}()")
        _add(_registry.stages, "stage", name, cls)
        return cls

    return declare


def checkpoint(name: str) -> Callable[[CheckpointFunction], CheckpointFunction]:
    """Declare a function `(config, seed) -> {key: tensor}` that makes a synthetic checkpoint.

    Raises ValueError where the name is empty or taken.
    """

    def declare(function: CheckpointFunction) -> CheckpointFunction:
        _add(_registry.checkpoints, "checkpoint", name, function)
        return function

    return declare


def tap(name: str, tensor: Tapped) -> Tapped:
    """Record a tensor that is no module's output; returns the tensor to go on with, which a run may have replaced.

    The name is prefixed by the path of the module that is running. Outside a run this returns its argument.
    """
    return tensor if _listener is None else _listener(name, tensor)


@contextmanager
def collecting() -> Iterator[Registry]:
    """Collect what is declared inside the block into a registry of its own."""
    global _registry
    outer, _registry = _registry, Registry()
    try:
        yield _registry
    finally:
        _registry = outer


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send every `tap` inside the block to `listener(name, tensor)`, which returns the tensor to go on with."""
    global _listener
    outer, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = outer


def _add(table: dict[str, Any], kind: str, name: str, entry: Any) -> None:
    if not isinstance(name, str) or not name:
        raise ValueError(f'a {kind} needs a name, as in @{kind}("name"), not {name!r}')
    if name in table:
        raise ValueError(f"{kind} {name!r} is declared twice")
    table[name] = entry

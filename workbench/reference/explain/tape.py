"""Operations as a run made them: what each one read, from where, and which Python line asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

Leaf = Callable[[Any], Any]


class Ref(NamedTuple):
    """A tensor that an operation gave: the operation, and where in its result (indices and keys; () = all of it)."""

    operation: Operation
    path: tuple[Any, ...] = ()

    @property
    def recorded(self) -> Any:
        """The tensor as it was in the recorded run."""
        return self.within(self.operation.result)

    def within(self, result: Any) -> Any:
        """The same place in another result of the operation."""
        for step in self.path:
            result = result[step]
        return result


@dataclass(eq=False, repr=False)
class Operation:
    """One call of a torch function. `func` is None for what no operation made: a weight, an input, an injected tap."""

    order: int
    func: Any
    kind: str
    """The function's name, without what in-place, reflected and spelt-out variants add: "add", "layer_norm", …;
    "weight" (a parameter or buffer), "input", "injected" and "value" (any other tensor from outside) have none."""
    swapped: bool
    """Whether the first argument is the right operand (`2 - x`)."""
    args: tuple[Any, ...]
    """Positional arguments, a Ref in place of every tensor."""
    kwargs: dict[str, Any]
    result: Any
    """What it gave, in float32 as recorded; right only as long as nothing writes into it (see `written`)."""
    file: str
    line: int
    name: str = ""
    """Checkpoint key of a weight."""
    earlier: tuple[Operation, ...] = ()
    """Operations that wrote in place into what this one reads."""
    storages: frozenset[int] = frozenset()
    """Addresses of the memory that the result lives in."""
    written: frozenset[int] = frozenset()
    """Addresses of the memory that it wrote into."""
    drew: bool = False
    """Whether it took random numbers: it gives the same ones when it is computed again."""

    @property
    def parents(self) -> Iterator[Operation]:
        """The operations that it depends on, in no order, some of them twice."""
        yield from self.earlier
        for ref in refs((self.args, self.kwargs)):
            yield ref.operation

    @property
    def place(self) -> str:
        """`file.py:12`, as errors name a line."""
        return f"{self.file}:{self.line}" if self.file else ""


def each(value: Any, change: Leaf) -> Any:
    """`change` applied to every leaf of nested tuples, lists and dicts; a Ref is a leaf."""
    kind = type(value)
    if kind is tuple or kind is list:
        return kind(each(item, change) for item in value)
    if kind is dict:
        return {key: each(item, change) for key, item in value.items()}
    if isinstance(value, (tuple, list)) and not isinstance(value, (Ref, torch.Size)):
        items = [each(item, change) for item in value]
        return kind(*items) if hasattr(value, "_fields") else kind(items)
    return change(value)


def refs(value: Any) -> list[Ref]:
    """Every Ref in nested arguments."""
    found: list[Ref] = []
    each(value, lambda leaf: found.append(leaf) if isinstance(leaf, Ref) else None)
    return found


def tensors(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], torch.Tensor]]:
    """Every tensor in a nested result, with its place."""
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, (tuple, list)):
        for index, item in enumerate(value):
            yield from tensors(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from tensors(item, (*path, key))


def segment(target: Operation) -> list[Operation]:
    """Everything that `target` depends on, itself last, in the order of the run; injected taps cut it off."""
    found = {target}
    waiting = [target]
    while waiting:
        for parent in waiting.pop().parents:
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return sorted(found, key=lambda operation: operation.order)

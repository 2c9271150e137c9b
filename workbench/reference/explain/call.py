"""What a family of mutations sees: one operation with its arguments by name, and what a porter may have made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch

from workbench.reference.explain.kinds import DEFAULTS, arguments_of
from workbench.reference.explain.tape import Operation, Ref, each, segment
from workbench.reference.explain.values import Values

Apply = Callable[["Call"], Any]


@dataclass(frozen=True)
class Change:
    """One way to get an operation wrong."""

    words: str
    """What the port does, "… for …": also what two sites must share for "all sites"."""
    apply: Apply
    """Gives the changed result from the operation's arguments as they are in a trial."""
    constant: float | None = None
    """The number in place of the reference's, where the change is one."""


@dataclass(frozen=True)
class Fit:
    """A way to get an operation wrong by a number that is not known: the search solves for it."""

    words: str
    """With `{}` in the place of the number."""
    apply: Callable[[Call, float], Any]
    start: float
    """The reference's own number."""

    def at(self, constant: float) -> Change:
        """The change with a number chosen."""
        return Change(self.words.format(f"{constant:.6g}"), lambda call: self.apply(call, constant), constant)


class Call:
    """An operation with live arguments. `call["eps"]` is an argument by name, or its default, or None."""

    def __init__(self, operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], values: Values) -> None:
        self.operation = operation
        self.args = args
        self.kwargs = kwargs
        self.values = values
        self.kind = operation.kind
        self._names = arguments_of(operation.kind, operation.swapped)

    def __getitem__(self, name: str) -> Any:
        if name in self.kwargs:
            return self.kwargs[name]
        position = self._names.index(name) if name in self._names else len(self.args)
        if position < len(self.args):
            return self.args[position]
        return DEFAULTS.get(self.kind, {}).get(name)

    @property
    def input(self) -> torch.Tensor:
        """The first tensor that the operation reads."""
        first: torch.Tensor = self.kwargs["input"] if not self.args else self.args[0]
        return first

    @property
    def result(self) -> Any:
        """What the operation gave in the recorded run."""
        return self.operation.result

    def run(self, /, **changed: Any) -> Any:
        """The operation itself, with some of its arguments changed."""
        args, kwargs = list(self.args), dict(self.kwargs)
        for name, value in changed.items():
            position = self._names.index(name) if name in self._names else len(args)
            if name not in kwargs and position < len(args):
                args[position] = value
            else:
                kwargs[name] = value
        return self.operation.func(*args, **kwargs)

    def refs(self, name: str) -> list[Ref | None]:
        """Where an argument came from: an operation for each of its tensors, None for what is no tensor."""
        operation = self.operation
        value = Call(operation, operation.args, operation.kwargs, self.values)[name]
        several = isinstance(value, (tuple, list)) and not isinstance(value, Ref)
        return [one if isinstance(one, Ref) else None for one in (value if several else [value])]

    def origin(self, name: str) -> Call | None:
        """The operation that made an argument; None where it is no tensor, or none made it."""
        ref = self.refs(name)[0]
        return call_of(ref.operation, self.values) if ref and ref.operation.func else None


def call_of(operation: Operation, values: Values) -> Call:
    """The operation with the values that it reads."""

    def live(leaf: Any) -> Any:
        return values.of(leaf) if isinstance(leaf, Ref) else leaf

    if operation.func is None:
        return Call(operation, (values.of(Ref(operation)),), {}, values)
    return Call(operation, each(operation.args, live), each(operation.kwargs, live), values)


def is_float(value: Any) -> bool:
    """Whether a value is a tensor of floats."""
    return isinstance(value, torch.Tensor) and value.is_floating_point()


def redone(ref: Ref, source: Operation, instead: Iterable[Any], values: Values) -> list[Any]:
    """The tensor of `ref` for each value in the place of what `source` gave, what lies between computed again."""
    between = [operation for operation in segment(ref.operation) if source in segment(operation)[:-1]]
    return [_redone(ref, between, source, value, values) for value in instead]


def _redone(ref: Ref, between: list[Operation], source: Operation, value: Any, values: Values) -> Any:
    again = Values(values)
    again.add(source, value)
    for operation in between:
        call = call_of(operation, again)
        again.add(operation, operation.func(*call.args, **call.kwargs))
    return again.of(ref)

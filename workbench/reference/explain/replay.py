"""Computes a recorded segment again, with some of its operations changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch

from workbench.reference.explain.call import Call, Change, call_of
from workbench.reference.explain.tape import Operation, Ref, each, segment
from workbench.reference.explain.values import Values
from workbench.reference.precision import Lift
from workbench.reference.wide import upcast

Changes = Mapping[Operation, Change]


class Base(NamedTuple):
    """A run with some changes, and what it computed anew."""

    changes: Changes
    values: Values


class Replay:
    """The operations between the injected taps and one tensor, and how to compute that tensor from them anew."""

    def __init__(self, target: Ref) -> None:
        self._target = target
        self.operations = segment(target.operation)
        self._children = _children(self.operations)
        self._volatile = _volatile(self.operations)

    def run(self, changes: Changes, base: Base | None = None) -> Any:
        """The target in float32 with `changes` made. What they do not reach is taken from `base`, or as recorded.

        Raises whatever torch raises for a change that does not fit.
        """
        return self._values(changes, base).of(self._target)

    def base(self, changes: Changes) -> Base:
        """A run to make further changes to."""
        return Base(changes, self._values(changes, None))

    def _values(self, changes: Changes, base: Base | None) -> Values:
        again = self._reached(changes) | self._volatile
        values = Values(base.values) if base else Values()
        every = {**base.changes, **changes} if base else changes
        for operation in self.operations:
            if operation in again:
                values.add(operation, _compute(operation, every, values))
        return values

    def exact(self, changes: Changes) -> Any:
        """The target in float64 with `changes` made, every operation computed anew from the recorded leaves."""
        values = Values()
        with _exactly():
            for operation in self.operations:
                values.add(operation, _exact(operation, changes, values))
        return values.of(self._target)

    def after(self, operation: Operation) -> int:
        """How many operations a change of this one makes to be computed again."""
        return len(self._reached({operation: None}))

    def _reached(self, changes: Mapping[Operation, Any]) -> set[Operation]:
        found = set(changes)
        waiting = list(changes)
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                if child not in found:
                    found.add(child)
                    waiting.append(child)
        return found


def _compute(operation: Operation, changes: Changes, values: Values) -> Any:
    call = call_of(operation, values)
    if operation in changes:
        return _changed(call, changes[operation])
    if operation.func is None:
        return call.args[0].clone()
    if operation.drew:
        return call.args[0].copy_(operation.result) if operation.written else operation.result
    return operation.func(*call.args, **call.kwargs)


def _changed(call: Call, change: Change) -> Any:
    if not call.operation.written:
        return change.apply(call)
    # What reads the memory that this operation wrote into has to find the changed numbers there.
    target = call.args[0]
    result = change.apply(Call(call.operation, (target.clone(), *call.args[1:]), call.kwargs, call.values))
    return target.copy_(result)


def _exact(operation: Operation, changes: Changes, values: Values) -> Any:
    if operation.func is None or (operation.drew and not operation.written):
        values.add(operation, each(operation.result, _wide_copy))
        if operation not in changes:
            return values.of(Ref(operation))
    return _compute(operation, changes, values)


def _wide_copy(leaf: Any) -> Any:
    return upcast(leaf).clone() if isinstance(leaf, torch.Tensor) else leaf


@contextmanager
def _exactly() -> Iterator[None]:
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with Lift():
            yield
    finally:
        torch.set_default_dtype(default)


def _children(operations: list[Operation]) -> dict[Operation, list[Operation]]:
    children: dict[Operation, list[Operation]] = {}
    for operation in operations:
        for parent in set(operation.parents):
            children.setdefault(parent, []).append(operation)
    return children


def _volatile(operations: list[Operation]) -> set[Operation]:
    """What lives in memory that the segment writes into: its recorded result is what was left there at the end."""
    written = frozenset().union(*(operation.written for operation in operations))
    return {operation for operation in operations if operation.written or operation.storages & written}

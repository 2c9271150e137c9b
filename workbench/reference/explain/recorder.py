"""Records the operations of a run, backwards from its tensors: what no living tensor came from is forgotten.

A value from outside that the model writes into is taken to be put back afterwards (`state.preserved`).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any
from unittest import mock

import torch
from torch.nn import functional as F

from workbench.reference.callsite import call_site
from workbench.reference.draws import watched
from workbench.reference.explain.kinds import kind_of, named_in_place
from workbench.reference.explain.tape import Operation, Ref, each, tensors
from workbench.reference.pausable import Pausable

MARK = "_workbench_origin"
_recorders = itertools.count(1)


class Recorder(Pausable):
    """Inside `with Recorder(names) as r:` every tensor knows the operation that made it: `r.ref(tensor)`.

    `names` are the weights' keys by the id of their tensor. What compiled code (TorchScript) or numpy computes is
    not seen: its tensors count as values from outside.
    """

    def __init__(self, names: Mapping[int, str]) -> None:
        super().__init__()
        self._number = next(_recorders)
        self._orders = itertools.count()
        self._names = names
        # A leaf keeps its tensor alive, so that no other tensor gets its id.
        self._leaves: dict[int, tuple[torch.Tensor, Operation]] = {}
        self._writes: dict[int, tuple[Operation, ...]] = {}

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operation, and record it where it gives or changes a tensor."""
        kwargs = kwargs or {}
        if self._paused:
            return func(*args, **kwargs)
        if func is F.multi_head_attention_forward:
            return self._opened(func, args, kwargs)
        read = [tensor for _, tensor in tensors((args, kwargs))]
        versions = [_version(tensor) for tensor in read]
        result, drew = watched(func, args, kwargs)
        changed = [tensor for tensor, version in zip(read, versions) if _version(tensor) != version]
        if read and versions[0] is None and named_in_place(func, kwargs):
            changed = [read[0]]
        if not changed and next(tensors(result), None) is None:
            return result
        return self._record(func, args, kwargs, read, changed, result, drew)

    def ref(self, tensor: torch.Tensor) -> Ref:
        """The operation that made a tensor; one without `func` for a tensor from outside."""
        number, ref = getattr(tensor, MARK, (0, None))
        if ref is not None and number == self._number:
            return Ref(*ref)
        if id(tensor) not in self._leaves:
            name = self._names.get(id(tensor), "")
            self._leaves[id(tensor)] = tensor, self._leaf("weight" if name else "value", tensor, tensor, name)
        return Ref(self._leaves[id(tensor)][1])

    def given(self, value: torch.Tensor, kind: str) -> torch.Tensor:
        """A copy of `value` that comes from outside ("input", "injected"); what writes into it spares `value`."""
        with self.paused():
            copy = value.clone()
            self._mark(copy, Ref(self._leaf(kind, copy, value)))
        return copy

    def _opened(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Call a function that hides a whole layer, recording the operations inside in its place."""
        with mock.patch.object(F, "has_torch_function", lambda _: False), self:
            return func(*args, **kwargs)

    def _leaf(self, kind: str, tensor: torch.Tensor, result: torch.Tensor, name: str = "") -> Operation:
        return Operation(
            next(self._orders), None, kind, False, (), {}, result.detach(), *call_site(), name=name,
            storages=frozenset([_storage(tensor)]),
        )  # fmt: skip

    def _record(
        self, func: Any, args: Any, kwargs: Any, read: list[torch.Tensor], changed: list[torch.Tensor], result: Any,
        drew: bool,
    ) -> Any:  # fmt: skip
        kind, swapped = kind_of(func)
        refs = (each(args, self._ref_of), each(kwargs, self._ref_of))
        operation = Operation(
            next(self._orders), func, kind, swapped, *refs, None, *call_site(), earlier=self._earlier(read),
            storages=frozenset(_storage(tensor) for _, tensor in tensors(result)),
            written=frozenset(map(_storage, changed)),
            drew=drew,
        )  # fmt: skip
        for storage in operation.written:
            self._writes[storage] = (*self._writes.get(storage, ()), operation)
        return self._hand_out(operation, result, {id(tensor) for tensor in changed}, {id(tensor) for tensor in read})

    def _ref_of(self, leaf: Any) -> Any:
        return self.ref(leaf) if isinstance(leaf, torch.Tensor) else leaf

    def _earlier(self, read: list[torch.Tensor]) -> tuple[Operation, ...]:
        found = [write for tensor in read for write in self._writes.get(_storage(tensor), ())] if self._writes else ()
        return tuple(dict.fromkeys(found))

    def _hand_out(self, operation: Operation, result: Any, changed: set[int], read: set[int]) -> Any:
        # A function that returns its argument (`x.contiguous()`) gives the model another object, so that either is
        # known by where it came from; only an in-place function must return the very tensor.
        def renew(leaf: Any) -> Any:
            same = isinstance(leaf, torch.Tensor) and id(leaf) in read and id(leaf) not in changed
            return leaf.detach() if same else leaf

        result = each(result, renew)
        # The operation keeps an alias: a tensor that knows its operation and is known by it would never be freed.
        keep = torch.clone if operation.drew and changed else torch.Tensor.detach
        operation.result = each(result, lambda leaf: keep(leaf) if isinstance(leaf, torch.Tensor) else leaf)
        for path, tensor in tensors(result):
            self._mark(tensor, Ref(operation, path))
        return result

    def _mark(self, tensor: torch.Tensor, ref: Ref) -> None:
        setattr(tensor, MARK, (self._number, tuple(ref)))


def _storage(tensor: torch.Tensor) -> int:
    try:
        return tensor.untyped_storage().data_ptr()
    except (RuntimeError, NotImplementedError):
        # Sparse and other tensors that have no storage of their own cannot be written into unseen.
        return 0


def _version(tensor: torch.Tensor) -> int | None:
    # Tensors of inference mode count no versions.
    return None if tensor.is_inference() else tensor._version

"""A module in float64 at little more memory than it takes in float32: parameters are wide while their module runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from workbench.reference.wide import WIDE, upcast


@contextmanager
def doubled(root: torch.nn.Module) -> Iterator[Parameters]:
    """Buffers, parameters in use and the default dtype in float64; afterwards the very storages from before.

    A parameter is widened before the forward of a module that owns it and narrowed after; elsewhere, `Lift` with
    what this yields upcasts it for each operation. TorchScript modules take no hooks, so all of theirs is wide.
    """
    parameters = Parameters()
    default = torch.get_default_dtype()
    with ExitStack() as undo:
        undo.callback(torch.set_default_dtype, default)
        undo.callback(parameters.restore)
        for module in root.modules():
            parameters.add(module.parameters(recurse=False))
            if not isinstance(module, torch.jit.ScriptModule):
                undo.callback(module.register_forward_pre_hook(parameters.enter).remove)
                undo.callback(module.register_forward_hook(parameters.leave).remove)
            else:
                parameters.keep(module.parameters(recurse=False))
        for buffer in root.buffers():
            undo.callback(setattr, buffer, "data", buffer.data)
            buffer.data = upcast(buffer.data)
        torch.set_default_dtype(torch.float64)
        yield parameters


class Parameters:
    """The parameters of one float64 run."""

    def __init__(self) -> None:
        self._entries: dict[int, _Parameter] = {}
        self._at_work = False

    def __contains__(self, tensor: Any) -> bool:
        return id(tensor) in self._entries

    def add(self, tensors: Iterable[torch.Tensor]) -> None:
        """Take in those that are narrow floats."""
        for tensor in tensors:
            if tensor.dtype in WIDE:
                self._entries.setdefault(id(tensor), _Parameter(tensor))

    def enter(self, module: torch.nn.Module, args: Any) -> None:
        """Widen what the module owns: a forward pre-hook."""
        for entry in self._own(module):
            entry.widen()

    def leave(self, module: torch.nn.Module, args: Any, output: Any) -> None:
        """Narrow it again: a forward hook."""
        for entry in self._own(module):
            entry.narrow()

    def keep(self, tensors: Iterable[Any]) -> None:
        """Have those that are parameters wide until `restore`: something writes into them, or may."""
        for tensor in tensors:
            if tensor in self and not self._at_work:
                self._entries[id(tensor)].keep()

    def restore(self) -> None:
        """Give every parameter the storage that it had."""
        for entry in self._entries.values():
            entry.restore()

    def _own(self, module: torch.nn.Module) -> Iterator[_Parameter]:
        # What is set here is no concern of `keep`, which hears of it as of any other operation.
        self._at_work = True
        try:
            for tensor in module._parameters.values():
                if tensor in self:
                    yield self._entries[id(tensor)]
        finally:
            self._at_work = False


class _Parameter:
    """One parameter: narrow between its uses, wide inside them."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self._tensor = tensor
        self._data = tensor.data
        self._uses = 0
        self._version = 0
        self._kept = False

    def widen(self) -> None:
        """Begin a use; uses nest, and a forward that raised never ends its own."""
        if not self._uses:
            self._set()
        self._uses += 1

    def narrow(self) -> None:
        """End a use. What was written into in the meantime stays wide."""
        self._uses -= 1
        self._kept = self._kept or self._tensor._version != self._version
        if not self._uses and not self._kept:
            self._tensor.data = self._data

    def keep(self) -> None:
        if not self._uses:
            self._set()
        self._kept = True

    def restore(self) -> None:
        self._tensor.data = self._data

    def _set(self) -> None:
        if not self._kept:
            self._tensor.data = upcast(self._data)
            self._version = self._tensor._version

"""Runs that leave no trace: what a forward changed on its modules is put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

CONTAINERS = ("_parameters", "_buffers", "_modules")


@contextmanager
def preserved(root: torch.nn.Module) -> Iterator[None]:
    """Put every attribute, buffer and generator under `root` back after the block, bit for bit.

    So a second run starts where the first did: a table that a forward computes once and keeps, or a cache that it
    fills, is computed again, in the precision of that run. Parameters and TorchScript modules are taken to be
    read only.
    """
    modules = [module for module in root.modules() if not isinstance(module, torch.jit.ScriptModule)]
    restore = [_remember(module) for module in modules]
    try:
        yield
    finally:
        for back in restore:
            back()


def _remember(module: torch.nn.Module) -> Callable[[], None]:
    attributes = dict(module.__dict__)
    containers = {name: dict(attributes[name]) for name in CONTAINERS}
    held = [*module._buffers.values(), *attributes.values()]
    generators = [(one, one.get_state()) for one in attributes.values() if isinstance(one, torch.Generator)]
    tensors = [(tensor, tensor.data, tensor.data.clone()) for tensor in held if isinstance(tensor, torch.Tensor)]

    def back() -> None:
        module.__dict__.clear()
        module.__dict__.update(attributes)
        for name, content in containers.items():
            attributes[name].clear()
            attributes[name].update(content)
        for generator, state in generators:
            generator.set_state(state)
        for tensor, data, copy in tensors:
            tensor.data = data
            if not torch.equal(data, copy):
                data.copy_(copy)

    return back

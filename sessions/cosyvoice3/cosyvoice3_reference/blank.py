"""Modules whose parameters are allocated but not drawn."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn
from torch.overrides import TorchFunctionMode


class _SkipInit(TorchFunctionMode):
    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(function, "__module__", None) == nn.init.__name__:
            return args[0] if args else kwargs["tensor"]
        return function(*args, **kwargs)


def blank(make: Callable[[], nn.Module]) -> nn.Module:
    """Make a module whose parameters hold no values yet.

    Initial values of 331 M parameters would take seconds only to be replaced; the "meta" device would too, as its
    first use imports torch's decompositions.
    """
    with _SkipInit():
        return make()

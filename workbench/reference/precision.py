"""Exact arithmetic for a reference written in float32: every cast, constant and factory call gives float64.

A TorchFunctionMode sees each operation, turns a lower precision that it asks for into float64, and upcasts tensors
that are narrower (constants kept as attributes or in closures, arrays from numpy, parameters of modules that do not
run). Random numbers are drawn in float32 and then upcast, so that both runs see the same draws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from workbench.reference.parameters import Parameters
from workbench.reference.pausable import Pausable
from workbench.reference.wide import WIDE, upcast

TensorType = type(torch.FloatTensor)
LEGACY: dict[Any, torch.dtype] = {
    name: torch.float64
    for kind in (torch.HalfTensor, torch.BFloat16Tensor, torch.FloatTensor)
    for name in (kind, f"{kind.__module__}.{kind.__name__}")
}
CASTS: dict[Any, torch.dtype] = {
    torch.Tensor.half: torch.float64,
    torch.Tensor.bfloat16: torch.float64,
    torch.Tensor.float: torch.float64,
    torch.Tensor.chalf: torch.complex128,
    torch.Tensor.cfloat: torch.complex128,  # type: ignore[attr-defined]
}
DRAWS: frozenset[Any] = frozenset(
    [
        *(torch.rand, torch.randn, torch.rand_like, torch.randn_like, torch.normal, torch.poisson),
        *(torch.bernoulli, torch.Tensor.bernoulli, torch.multinomial, torch.Tensor.multinomial),
    ]
)
FILLS: frozenset[Any] = frozenset(
    getattr(torch.Tensor, f"{name}_")
    for name in ("normal", "uniform", "exponential", "cauchy", "log_normal", "geometric", "random", "bernoulli")
)
REINTERPRETS: frozenset[Any] = frozenset([torch.Tensor.view])
PROPERTIES = ("__get__", "__set__", "__delete__")
DTYPE = torch.Tensor.dtype.__get__  # type: ignore[attr-defined]
DATA = (torch.Tensor.data.__get__, torch.Tensor.data.__set__)  # type: ignore[attr-defined]


class Lift(Pausable):
    """Inside `with Lift():` no operation rounds to less than float64 (complex128), nor writes into `parameters`."""

    def __init__(self, parameters: Parameters | None = None) -> None:
        super().__init__()
        self._parameters = parameters or Parameters()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operation in float64."""
        kwargs = kwargs or {}
        if self._paused:
            return func(*args, **kwargs)
        if getattr(func, "__name__", "") in PROPERTIES:
            return self._property(func, args)
        self._parameters.keep(_written(func, args, kwargs))
        if func in CASTS:
            return args[0].to(CASTS[func])
        if func in DRAWS:
            return _draw(func, args, kwargs)
        if func in FILLS and args[0].dtype is torch.float64:
            return _fill(func, args, kwargs)
        return _lifted(func, args, kwargs)

    def _property(self, func: Any, args: tuple[Any, ...]) -> Any:
        if func in DATA:
            self._parameters.keep(args[:1])
        value = func(*args)
        return WIDE.get(value, value) if func == DTYPE and args[0] in self._parameters else value


def _lifted(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    change = _upcast_tensors if func in REINTERPRETS else _widen
    kept = 1 if _writes_in_place(func) else 0
    out = {key: value for key, value in kwargs.items() if key == "out"}
    args = (*args[:kept], *(_each(value, change) for value in args[kept:]))
    result = func(*args, **{**_each(kwargs, change), **out})
    return result if kept or out else _each(result, _upcast_tensors)


def _writes_in_place(func: Any) -> bool:
    name = getattr(func, "__name__", "")
    return name == "__setitem__" or (name.endswith("_") and not name.endswith("__"))


def _written(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """The tensors that an operation writes into."""
    out = kwargs.get("out", ())
    return (*(args[:1] if _writes_in_place(func) else ()), *(out if isinstance(out, (tuple, list)) else (out,)))


def _draw(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        result = func(*_each(args, _narrow), **_each(kwargs, _narrow))
    finally:
        torch.set_default_dtype(default)
    return _each(result, _upcast_tensors)


def _fill(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor:
    target: torch.Tensor = args[0]
    drawn = func(torch.empty_like(target, dtype=torch.float32), *_each(args[1:], _narrow), **_each(kwargs, _narrow))
    return target.copy_(drawn)


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    """`change` applied to every leaf of nested tuples, lists and dicts."""
    if type(value) in (tuple, list):
        return type(value)(_each(item, change) for item in value)
    if type(value) is dict:
        return {key: _each(item, change) for key, item in value.items()}
    return change(value)


def _upcast_tensors(value: Any) -> Any:
    return upcast(value) if isinstance(value, torch.Tensor) else value


def _widen(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return upcast(value)
    if isinstance(value, torch.dtype):
        return WIDE.get(value, value)
    return LEGACY.get(value, value) if isinstance(value, (TensorType, str)) else value


def _narrow(value: Any) -> Any:
    double = isinstance(value, torch.Tensor) and value.dtype is torch.float64
    return value.to(torch.float32) if double else value

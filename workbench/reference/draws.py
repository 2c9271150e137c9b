"""The random numbers that a reference draws in a run: an input of the stage, as far as a port is concerned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from workbench.reference.callsite import call_site
from workbench.reference.nested import visit
from workbench.reference.precision import DRAWS, FILLS


@dataclass(frozen=True)
class Draw:
    """One tensor that a call of a random function gave or filled."""

    name: str
    """`file.py:12`; a repeated one gets `#1`, `#2`, …"""
    tensor: torch.Tensor
    call: str
    """The function: "randn_like", "normal_", "multinomial", "dropout", …"""
    file: str
    line: int


class Drawing(TorchFunctionMode):
    """Gives every Draw of a run to `take`, as it is made. Draws of numpy and of compiled code are not seen."""

    def __init__(self, take: Callable[[Draw], None]) -> None:
        super().__init__()
        self._take = take
        self._times: Counter[str] = Counter()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operation, and take note of what it drew."""
        result, drew = watched(func, args, kwargs or {})
        if drew:
            file, line = call_site()
            visit(result, f"{Path(file).name}:{line}", lambda name, tensor: self._see(name, tensor, func, file, line))
        return result

    def _see(self, name: str, tensor: torch.Tensor, func: Any, file: str, line: int) -> torch.Tensor:
        times = self._times[name]
        self._times[name] += 1
        self._take(Draw(f"{name}#{times}" if times else name, tensor, func.__name__, file, line))
        return tensor


def watched(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, bool]:
    """Call a function; also whether it took random numbers: its generator is another one afterwards.

    On a device with generators of its own only the functions that always draw are known.
    """
    generator = kwargs.get("generator") or torch.default_generator
    before = generator.get_state()
    result = func(*args, **kwargs)
    return result, func in DRAWS or func in FILLS or not torch.equal(generator.get_state(), before)

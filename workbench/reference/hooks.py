"""Taps every module and every `tap()` of a run: names, order, call sites, replacements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

import torch
from torch.nn.utils import parametrize

from workbench.reference.callsite import call_site
from workbench.reference.declare import listening
from workbench.reference.failure import Failure
from workbench.reference.nested import visit
from workbench.reference.settings import Setting, settings


@dataclass(frozen=True)
class Seen:
    """A tensor that passes a tap: its numbered name, where it comes from, and the Python line that called."""

    name: str
    tensor: torch.Tensor
    kind: str
    """"module", "tap" or "output"."""
    cls: str
    """Class of the module; empty for taps and outputs."""
    file: str
    line: int
    own: dict[str, torch.Tensor]
    """The parameters that the module owns directly, by their keys below it."""
    settings: dict[str, Setting] = field(default_factory=dict)
    """The plain values that the module was made with, by attribute."""


Take = Callable[[Seen], "torch.Tensor | None"]
"""What is told of every tap, in order of execution; returns the tensor to go on with, None to keep it."""


class Taps:
    """The taps of one run of one module. A repeated name gets `#1`, `#2`, …; the first has no suffix.

    What fits a pattern of `untapped` is left alone.
    """

    def __init__(self, take: Take, untapped: Sequence[str] = ()) -> None:
        self._take = take
        self._untapped = untapped
        self._times: Counter[str] = Counter()
        self._running: list[str] = []

    @contextmanager
    def on(self, root: torch.nn.Module) -> Iterator[None]:
        """Tap everything under `root` (not `root` itself) inside the block.

        TorchScript modules take no hooks, and a parametrization computes a weight: neither is tapped.
        """
        with ExitStack() as hooks:
            for path, module in root.named_modules():
                if path and not _computes_a_weight(path) and not isinstance(module, torch.jit.ScriptModule):
                    hooks.callback(module.register_forward_pre_hook(partial(self._enter, path)).remove)
                    hooks.callback(module.register_forward_hook(partial(self._leave, path)).remove)
            hooks.enter_context(listening(self._tap))
            yield

    def output(self, name: str, tensor: torch.Tensor, file: str, line: int) -> None:
        """Take one output of the stage; raises Failure where a tap has its name."""
        if self._times[name]:
            raise Failure(f"output {name!r} has the name of a tap; give the output another name")
        self._see(name, tensor, kind="output", site=(file, line))

    def _enter(self, path: str, module: torch.nn.Module, args: Any) -> None:
        self._running.append(path)

    def _leave(self, path: str, module: torch.nn.Module, args: Any, output: Any) -> Any:
        # A forward that raised, and whose caller went on, left its entry behind.
        while self._running and self._running.pop() != path:
            pass
        see = partial(self._see, kind="module", cls=_class(module), own=_own(module), made_with=settings(module))
        replaced = visit(output, path, see)
        return None if replaced is output else replaced

    def _tap(self, name: str, tensor: Any) -> Any:
        if not isinstance(tensor, torch.Tensor):
            raise TypeError(f"tap({name!r}) needs a tensor, not {type(tensor).__name__}")
        path = f"{self._running[-1]}.{name}" if self._running else name
        return self._see(path, tensor, kind="tap")

    def _see(
        self,
        name: str,
        tensor: torch.Tensor,
        *,
        kind: str,
        cls: str = "",
        own: dict[str, torch.Tensor] | None = None,
        made_with: dict[str, Setting] | None = None,
        site: tuple[str, int] | None = None,
    ) -> torch.Tensor:
        if kind != "output" and any(fnmatchcase(name, pattern) for pattern in self._untapped):
            return tensor
        times = self._times[name]
        self._times[name] += 1
        numbered = f"{name}#{times}" if times else name
        file, line = site or call_site()
        replacement = self._take(Seen(numbered, tensor, kind, cls, file, line, own or {}, made_with or {}))
        return tensor if replacement is None else replacement


def _computes_a_weight(path: str) -> bool:
    return "parametrizations" in path.split(".")


def _class(module: torch.nn.Module) -> str:
    return parametrize.type_before_parametrizations(module).__name__


def _own(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    own: dict[str, torch.Tensor] = {name: each for name, each in module._parameters.items() if each is not None}
    if parametrize.is_parametrized(module):
        own.update(module.get_submodule("parametrizations").named_parameters(prefix="parametrizations"))
    return own

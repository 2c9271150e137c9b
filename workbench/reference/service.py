"""The requests that the worker answers. Imports torch."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from workbench.reference import pins, weights
from workbench.reference.capture import Captures
from workbench.reference.declare import Registry
from workbench.reference.explain.explainer import Explainer
from workbench.reference.failure import Failure, during
from workbench.reference.job import Job, field
from workbench.reference.load import load
from workbench.reference.modules import Modules
from workbench.reference.pins import Sources
from workbench.reference.progress import Progress, Send
from workbench.reference.runs import Tensors, named_tensors
from workbench.reference.seed import sow

Request = Mapping[str, Any]
Event = dict[str, Any]


class Service:
    """One reference.py, and the module that was built last. Every request raises Failure where it cannot be met."""

    def __init__(self, send: Send, cancelled: Callable[[], bool] = lambda: False) -> None:
        self._send = send
        self._cancelled = cancelled
        self._opening: tuple[Path, Sources] | None = None
        self._opened: tuple[Registry, Captures, Explainer] | None = None

    def answer(self, request: Request) -> Event:
        """Do what a request asks, telling of progress; returns the event that ends it."""
        requests = {
            "open": self._open,
            "checkpoint": self._checkpoint,
            "convert": self._convert,
            "capture": self._capture,
            "inject": self._inject,
            "explain": self._explain,
            "cancel": self._cancel,
        }
        do = field(request, "do")
        if do not in requests:
            raise Failure(f"no request {do!r}; there are {', '.join(requests)}")
        return requests[do](request)

    def _open(self, request: Request) -> Event:
        path = Path(field(request, "reference")).absolute()
        variables = pins.environment(request.get("pin_environment", ()))
        if self._opening is None:
            self._opening = path, Sources(path, [path.parent, *(Path(value) for value in variables.values() if value)])
        opened, sources = self._opening
        if path != opened:
            raise Failure(f"this worker has {opened} open; start another for {path}")
        with sources.noted():
            if self._opened is None:
                registry = load(path)
                modules = Modules(registry)
                captures = Captures(modules, sources, variables, self._send)
                self._opened = registry, captures, Explainer(modules, captures, self._send, self._cancelled)
        return self._ready()

    def _ready(self) -> Event:
        registry, *_ = self._need()
        return {
            "event": "ready",
            "stages": list(registry.stages),
            "checkpoints": list(registry.checkpoints),
            "python": platform.python_version(),
            "torch": torch.__version__,
        }

    def _checkpoint(self, request: Request) -> Event:
        name, (registry, *_) = field(request, "name"), self._need()
        if name not in registry.checkpoints:
            raise Failure(f"no checkpoint {name!r}; reference.py declares {', '.join(registry.checkpoints) or 'none'}")
        seed = field(request, "seed")
        with during(f"checkpoint {name}"):
            sow(seed)
            tensors = registry.checkpoints[name](field(request, "config"), seed)
        return self._write(request, named_tensors(tensors, f"checkpoint {name}"))

    def _convert(self, request: Request) -> Event:
        return self._write(request, weights.read(Path(field(request, "source")).absolute()))

    def _write(self, request: Request, tensors: Tensors) -> Event:
        progress = Progress(self._send, str(request["do"]), len(tensors))
        weights.write(Path(field(request, "out")).absolute(), tensors, progress.step)
        return {"event": "done", "out": request["out"]}

    def _capture(self, request: Request) -> Event:
        self._need()[1].capture(Job.of(request))
        return {"event": "done", "out": request["out"]}

    def _inject(self, request: Request) -> Event:
        path = self._need()[1].inject(Job.of(request), field(request, "taps"))
        return {"event": "done", "out": str(path)}

    def _explain(self, request: Request) -> Event:
        return self._need()[2].explain(request)

    def _cancel(self, request: Request) -> Event:
        # What it cancels has ended already: a search stops as soon as there is another request.
        return {"event": "done"}

    def _need(self) -> tuple[Registry, Captures, Explainer]:
        if self._opened is None:
            raise Failure('no reference is open; send an "open" request that succeeds first')
        return self._opened

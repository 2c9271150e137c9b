"""Builds the module of a stage, and keeps the last one for the next request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import torch

from workbench.reference import weights
from workbench.reference.declare import Registry
from workbench.reference.failure import Failure, during
from workbench.reference.job import Job
from workbench.reference.seed import sow


@dataclass(frozen=True)
class Built:
    """A stage, and the module that its build() gave."""

    stage: Any
    module: torch.nn.Module


class Modules:
    """The modules of one reference, one at a time in memory."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._key = ""
        self._built: Built | None = None

    def declared_in(self, stage: str) -> tuple[str, set[str]]:
        """Return the Python module that declares a stage, and those that declare other stages and checkpoints."""
        stages = self._registry.stages
        others = [*self._registry.checkpoints.values(), *(cls for name, cls in stages.items() if name != stage)]
        return stages[stage].__module__, {entry.__module__ for entry in others}

    def get(self, job: Job) -> Built:
        """The module of a job's stage, in eval mode. Raises Failure where there is no such stage or build() raises."""
        if job.stage not in self._registry.stages:
            raise Failure(f"no stage {job.stage!r}; reference.py declares {', '.join(self._registry.stages)}")
        key = _key(job)
        if self._built is None or key != self._key:
            # The old module goes before the new one comes: two do not fit where one just does.
            self._built = None
            self._built, self._key = self._build(job), key
        return self._built

    def _build(self, job: Job) -> Built:
        tensors = weights.merge(job.weights)
        given = f" with {', '.join(map(str, job.weights))}" if job.weights else ""
        with during(f"stage {job.stage}: build(){given}"):
            stage = self._registry.stages[job.stage]()
            sow(job.seed)
            module = stage.build(tensors, job.config)
        if not isinstance(module, torch.nn.Module):
            raise Failure(f"stage {job.stage}: build() gave {type(module).__name__}; it has to give a torch.nn.Module")
        return Built(stage, module.eval())


def _key(job: Job) -> str:
    stats = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in job.weights if path.exists()]
    return json.dumps([job.stage, job.config, job.seed, [str(path) for path in job.weights], stats], sort_keys=True)

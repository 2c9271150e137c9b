"""Inputs that are outputs of another capture: the links of a chain."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from safetensors import safe_open

from workbench.reference.failure import Failure
from workbench.reference.job import Feed, Job

Tensors = dict[str, torch.Tensor]


def fed(job: Job) -> Tensors:
    """The job's fed inputs as the float32 runs before this one gave them. Raises Failure."""
    return {feed.input: _tensor(feed, feed.reference) for feed in job.feeds}


def exactly_fed(job: Job) -> Tensors:
    """The job's fed inputs as the float64 runs before this one gave them, where there was one. Raises Failure."""
    return {feed.input: _exact(feed) for feed in job.feeds}


def _exact(feed: Feed) -> torch.Tensor:
    reference = _tensor(feed, feed.reference)
    if feed.noise is None or not reference.is_floating_point():
        return reference
    return reference.double() - _tensor(feed, feed.noise).double()


def _tensor(feed: Feed, path: Path) -> torch.Tensor:
    with cast(Any, safe_open(str(path), framework="pt")) as file:
        if feed.output not in set(file.keys()):
            raise Failure(f"input {feed.input!r} is to be {feed.output!r}, which no output of the stage before it is")
        tensor: torch.Tensor = file.get_tensor(feed.output)
        return tensor

"""Stages of the cosyvoice3 session, built and run as the workbench does."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from workbench.reference.hooks import Seen, Taps
from workbench.reference.load import load

SESSION = Path(__file__).parents[2] / "sessions" / "cosyvoice3"
Tensors = dict[str, Tensor]


@cache
def registry() -> Any:
    return load(SESSION / "reference.py")


def config_of(size: str, *path: str) -> dict[str, Any]:
    """A copy of one object of a size's configuration."""
    found = json.loads((SESSION / f"{size}.json").read_text())
    for key in path:
        found = found[key]
    return dict(found)


def recorded(stage: Any, module: nn.Module, inputs: Tensors, replaced: Tensors | None = None) -> Tensors:
    """All taps and outputs of a run, by name; it goes on with what is `replaced`."""
    rows: Tensors = {}

    def take(seen: Seen) -> Tensor | None:
        rows[seen.name] = seen.tensor.clone()
        return (replaced or {}).get(seen.name)

    with torch.no_grad(), Taps(take).on(module):
        outputs: Tensors = stage.run(module, inputs)
    return rows | outputs

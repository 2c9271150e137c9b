"""What the tests of the cosyvoice3 session share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from workbench.reference.hooks import Seen, Taps
from workbench.reference.load import load

SESSION = Path(__file__).parents[2] / "sessions" / "cosyvoice3"
REGISTRY = load(SESSION / "reference.py")

Replace = Callable[[str, Tensor], Tensor | None]
Tensors = dict[str, Tensor]


@pytest.fixture(autouse=True)
def own_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the session's own modules whatever the environment says."""
    monkeypatch.delenv("COSYVOICE_ROOT", raising=False)


@pytest.fixture(scope="session")
def small() -> dict[str, int]:
    return dict(json.loads((SESSION / "small.json").read_text())["flow"]["dit"])


@pytest.fixture(scope="session")
def full() -> dict[str, int]:
    return dict(json.loads((SESSION / "full.json").read_text())["flow"]["dit"])


@pytest.fixture(scope="session")
def make_checkpoint() -> Callable[[dict[str, int], int], Tensors]:
    flow = json.loads((SESSION / "small.json").read_text())["flow"]

    def make(dit: dict[str, int], seed: int) -> Tensors:
        return REGISTRY.checkpoints["flow"]({"flow": flow | {"dit": dit}}, seed)

    return make


@pytest.fixture(scope="session")
def checkpoint(small: dict[str, int], make_checkpoint: Callable[[dict[str, int], int], Tensors]) -> Tensors:
    return make_checkpoint(small, 1986)


@pytest.fixture
def flow_dit() -> Any:
    return REGISTRY.stages["flow.dit"]()


@pytest.fixture
def recorded(flow_dit: Any) -> Callable[..., Tensors]:
    """Run a module and return all taps and outputs; `replace(name, tensor)` may give a tensor to go on with."""

    def record(module: nn.Module, inputs: Tensors, replace: Replace = lambda name, tensor: None) -> Tensors:
        rows: Tensors = {}

        def take(seen: Seen) -> Tensor | None:
            rows[seen.name] = seen.tensor.clone()
            return replace(seen.name, seen.tensor)

        with torch.no_grad(), Taps(take).on(module):
            outputs: Tensors = flow_dit.run(module, inputs)
        return rows | outputs

    return record


@pytest.fixture
def replaced_residual(flow_dit: Any, small: dict[str, int], recorded: Callable[..., Tensors]) -> Callable[..., Tensors]:
    """All taps of a run in which block 0's residual is replaced by ones, whose LayerNorm is zero."""

    def ones(name: str, tensor: Tensor) -> Tensor | None:
        return torch.ones_like(tensor) if name == "transformer_blocks.0.attn_residual" else None

    return lambda module: recorded(module, flow_dit.inputs("arctic_short", small), ones)

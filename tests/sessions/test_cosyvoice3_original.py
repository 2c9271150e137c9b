"""The session's reference against CosyVoice's own modules; needs COSYVOICE_ROOT and what those modules import."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

INPUTS = ("arctic", "librivox", "arctic_short", "silence", "clipped", "noise", "shortest", "odd")
Config = dict[str, int]
Tensors = dict[str, Tensor]


@pytest.fixture
def fresh_imports() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "cosyvoice"]:
        del sys.modules[name]


def test_a_root_without_the_dit_is_named(
    checkpoint: Tensors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flow_dit: Any, small: Config
) -> None:
    monkeypatch.setenv("COSYVOICE_ROOT", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="name a checkout of CosyVoice"):
        flow_dit.build(checkpoint, small)


def test_a_missing_package_is_named(
    checkpoint: Tensors,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fresh_imports: None,
    flow_dit: Any,
    small: Config,
) -> None:
    folder = tmp_path / "cosyvoice" / "flow" / "DiT"
    folder.mkdir(parents=True)
    (folder / "modules.py").write_text("import torchaudio\nimport package_that_is_not_there\n")
    (folder / "dit.py").write_text("")
    monkeypatch.setenv("COSYVOICE_ROOT", str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match=r"'package_that_is_not_there'.*x-transformers==2\.11\.24 einops"):
        flow_dit.build(checkpoint, small)
    assert str(tmp_path) not in sys.path


ROOT = os.environ.get("COSYVOICE_ROOT")
needs_original = pytest.mark.skipif(
    ROOT is None, reason="COSYVOICE_ROOT names no checkout of CosyVoice to compare with"
)


@pytest.fixture
def original(checkpoint: Tensors, monkeypatch: pytest.MonkeyPatch, flow_dit: Any, small: Config) -> nn.Module:
    monkeypatch.setenv("COSYVOICE_ROOT", str(ROOT))
    module: nn.Module = flow_dit.build(checkpoint, small)
    assert type(module).__module__ == "cosyvoice.flow.DiT.dit"
    return module


@needs_original
@pytest.mark.parametrize("streaming", [0, 1])
@pytest.mark.parametrize("name", INPUTS)
def test_every_tap_equals_the_original(
    checkpoint: Tensors,
    original: nn.Module,
    name: str,
    streaming: int,
    flow_dit: Any,
    small: Config,
    recorded: Callable[..., Tensors],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inputs = flow_dit.inputs(name, small) | {"streaming": torch.tensor([streaming])}
    theirs = recorded(original, inputs)
    monkeypatch.delenv("COSYVOICE_ROOT")
    ours = recorded(flow_dit.build(checkpoint, small), inputs)
    assert list(ours) == list(theirs)
    differences = {key: float((ours[key] - theirs[key]).abs().max()) for key in ours}
    assert {key: value for key, value in differences.items() if value > 1e-6} == {}


@needs_original
def test_a_replacement_acts_in_the_original_as_in_ours(
    checkpoint: Tensors,
    original: nn.Module,
    flow_dit: Any,
    small: Config,
    replaced_residual: Callable[..., Tensors],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = replaced_residual(original)
    monkeypatch.delenv("COSYVOICE_ROOT")
    ours = replaced_residual(flow_dit.build(checkpoint, small))
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)

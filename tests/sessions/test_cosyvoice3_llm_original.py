"""The language model and its sampling against CosyVoice's own; needs COSYVOICE_ROOT and transformers."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from cosyvoice3_reference.llm.draws import CASES as DRAWS
from cosyvoice3_reference.llm.inputs import CASES
from torch import Tensor

from tests.sessions.stages import config_of, recorded, registry

ROOT = os.environ.get("COSYVOICE_ROOT")
needs_original = pytest.mark.skipif(
    ROOT is None, reason="COSYVOICE_ROOT names no checkout of CosyVoice to compare with"
)
Tensors = dict[str, Tensor]


@pytest.fixture(autouse=True)
def fresh_imports() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "cosyvoice"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def weights() -> Tensors:
    made: Tensors = registry().checkpoints["llm"](config_of("small"), 1986)
    return made


def built(name: str, weights: Tensors, root: str | None, monkeypatch: pytest.MonkeyPatch) -> Any:
    if root is not None:
        monkeypatch.setenv("COSYVOICE_ROOT", root)
    stage = registry().stages[name]()
    module = stage.build(weights, config_of("small", "llm", "sampling" if name == "llm.sample" else "model"))
    monkeypatch.delenv("COSYVOICE_ROOT", raising=False)
    return module


def test_a_root_without_the_language_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError, match=f"{re.escape(str(tmp_path))}.*name a checkout of CosyVoice"):
        built("llm.sample", {}, str(tmp_path), monkeypatch)


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cosyvoice" / "llm").mkdir(parents=True)
    (tmp_path / "cosyvoice" / "llm" / "llm.py").write_text("")
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModuleNotFoundError, match=r"'transformers.*transformers==4\.51\.3"):
        built("llm.sample", {}, str(tmp_path), monkeypatch)


@needs_original
@pytest.mark.parametrize("name", CASES)
def test_every_layer_equals_the_original(name: str, weights: Tensors, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = registry().stages["llm.decode"]()
    inputs = stage.inputs(name, config_of("small", "llm", "model"))
    theirs = recorded(stage, built("llm.decode", weights, ROOT, monkeypatch), inputs)
    ours = recorded(stage, built("llm.decode", weights, None, monkeypatch), inputs)
    # Where theirs gives more than a tensor, ours has another name, and the layer inside it the same one.
    wrappers = re.compile(r"llm\.model\.model(\.layers\.\d+\.self_attn)?(#\d+)?")
    names = [key for key in ours if not wrappers.fullmatch(key)]
    assert {key: torch.equal(ours[key], theirs[key]) for key in names} == dict.fromkeys(names, True)


@needs_original
def test_a_replacement_acts_in_the_original_as_in_ours(weights: Tensors, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = registry().stages["llm.prefill"]()
    inputs = stage.inputs("arctic_short", config_of("small", "llm", "model"))
    tap = "llm.model.model.layers.1.attn_residual"
    theirs, ours = (
        recorded(stage, built("llm.prefill", weights, root, monkeypatch), inputs, {tap: torch.ones(1, 87, 48)})
        for root in (ROOT, None)
    )
    for name in ("llm.model.model.layers.1", "logp"):
        assert torch.equal(theirs[name], ours[name])


@needs_original
@pytest.mark.parametrize("name", DRAWS)
def test_tokens_equal_the_original(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = registry().stages["llm.sample"]()
    inputs = stage.inputs(name, config_of("small", "llm", "sampling"))
    theirs, ours = (recorded(stage, built("llm.sample", {}, root, monkeypatch), inputs) for root in (ROOT, None))
    assert torch.equal(theirs["tokens"], ours["tokens"])
    assert all(torch.equal(row, ours[key]) for key, row in theirs.items())


@needs_original
@pytest.mark.parametrize("name", ["arctic", "librivox", "silence", "one_letter"])
def test_generated_tokens_equal_the_original(name: str, weights: Tensors, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, config = registry().stages["llm"](), config_of("small", "llm")
    inputs = stage.inputs(name, config)
    ours = recorded(stage, stage.build(weights, config), inputs)
    monkeypatch.setenv("COSYVOICE_ROOT", str(ROOT))
    theirs = recorded(stage, stage.build(weights, config), inputs)
    names = [key for key in ours if key.startswith("logp")]
    assert len(names) >= 10
    assert all(torch.equal(ours[key], theirs[key]) for key in [*names, "tokens"])

"""The stage `frontend.tokens` of the cosyvoice3 session at small size: keys, masks, codes, margins, variety."""

import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import torch
from cosyvoice3_reference.tokenizer.config import TokenizerConfig
from cosyvoice3_reference.tokenizer.inputs import CASES
from cosyvoice3_reference.tokenizer.quantizer import FsqCodebook, code_scores
from cosyvoice3_reference.tokenizer.tokenizer import SpeechTokenizer
from torch import Tensor, nn

from tests.sessions.stages import config_of, recorded, registry

COUNTS = {
    **{"arctic": 100, "librivox": 178, "arctic_short": 39, "silence": 15},
    **{"clipped": 20, "noise": 16, "shortest": 1, "odd": 26},
}
Tensors = dict[str, Tensor]


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    return config_of("small", "tokenizer")


@pytest.fixture(scope="module")
def weights() -> Tensors:
    made: Tensors = registry().checkpoints["tokenizer"](config_of("small"), 1986)
    return made


@pytest.fixture(scope="module")
def tokenizer(weights: Tensors, config: dict[str, Any]) -> nn.Module:
    built: nn.Module = registry().stages["frontend.tokens"]().build(weights, config)
    return built


@pytest.fixture(scope="module")
def stage() -> Any:
    return registry().stages["frontend.tokens"]()


def test_full_size_has_the_parameters_of_the_model() -> None:
    with torch.device("meta"):
        tokenizer = SpeechTokenizer(TokenizerConfig.read(config_of("full", "tokenizer")))
    assert sum(value.numel() for value in tokenizer.parameters()) == 242_009_608


@pytest.mark.parametrize("name", COUNTS)
def test_inputs_are_whispers_mel_and_repeat(name: str, stage: Any, config: dict[str, Any]) -> None:
    made, again = stage.inputs(name, config), stage.inputs(name, config)
    frames = made["mel"].shape[2]
    assert made["mel"].shape[:2] == (1, 128)
    assert -(-frames // 4) == COUNTS[name]
    assert made["length"].tolist() == [frames - CASES[name].padded]
    assert made["mel"].max() - made["mel"].min() <= 2
    assert all(torch.equal(made[key], again[key]) for key in made)


@pytest.mark.parametrize("name", COUNTS)
def test_tokens_vary_with_what_is_heard(name: str, stage: Any, tokenizer: nn.Module, config: dict[str, Any]) -> None:
    rows = recorded(stage, tokenizer, stage.inputs(name, config))
    assert rows["tokens"].shape == (1, COUNTS[name])
    assert rows["tokens"].dtype == torch.int64
    distinct = len(rows["tokens"].unique())
    least = {"silence": 2, "noise": 5, "shortest": 1}.get(name, COUNTS[name] // 2)
    assert distinct >= least
    assert all(0.5 < rows[f"encoder.blocks.{n}"].square().mean().sqrt() < 4 for n in range(2))


def test_each_level_has_a_good_part_of_the_positions(stage: Any, tokenizer: nn.Module, config: dict[str, Any]) -> None:
    levels = recorded(stage, tokenizer, stage.inputs("librivox", config))["quantizer._codebook.levels"].round()
    assert all((levels == level).float().mean() > 0.2 for level in (-1, 0, 1))


def test_padding_changes_nothing_before_it(stage: Any, tokenizer: nn.Module, config: dict[str, Any]) -> None:
    padded = stage.inputs("arctic_short", config)
    length = int(padded["length"])
    alone = stage.run(tokenizer, {"mel": padded["mel"][..., :length], "length": padded["length"]})
    noisy = padded["mel"].clone()
    noisy[..., length:] = 9.0
    tokens = stage.run(tokenizer, padded | {"mel": noisy})
    assert tokens["count"].tolist() == alone["count"].tolist() == [31]
    assert torch.equal(tokens["tokens"][:, :31], alone["tokens"])


def test_the_first_number_is_the_last_digit() -> None:
    codebook = FsqCodebook(8)
    codebook.project_down.weight.data = torch.eye(8)
    codebook.project_down.bias.data = torch.zeros(8)
    row = torch.full((2, 8), -9.0)
    row[0, 0], row[1, 1], row[1, 7] = 9.0, 0.0, 9.0
    assert codebook(row[None]).tolist() == [[2, 3 + 2 * 3**7]]


def test_the_best_code_is_the_rounded_one_and_its_margin_the_way_to_a_half(
    stage: Any, tokenizer: nn.Module, config: dict[str, Any]
) -> None:
    rows = recorded(stage, tokenizer, stage.inputs("arctic", config))
    levels, scores = rows["quantizer._codebook.levels"], rows["quantizer._codebook.scores"]
    assert torch.equal(scores.argmax(dim=-1), rows["tokens"])
    first, second = scores.topk(2).values.unbind(dim=-1)
    nearest = (levels.abs() - 0.5).abs().amin(dim=-1)
    torch.testing.assert_close(first - second, 2 * nearest, rtol=0, atol=2e-6)
    assert code_scores(torch.zeros(1, 1, 8)).shape == (1, 1, 6561)


@pytest.fixture
def original() -> Iterator[Any]:
    """s3tokenizer's own model, without what its package imports for files and the command line."""
    found = importlib.util.find_spec("s3tokenizer")
    if found is None or found.submodule_search_locations is None:
        pytest.skip("s3tokenizer and einops are not installed, so there is nothing to compare with")
    before = set(sys.modules)
    package = ModuleType("s3tokenizer")
    package.__path__ = list(found.submodule_search_locations)
    sys.modules["s3tokenizer"] = package
    for name in ("onnx", "torchaudio"):
        sys.modules.setdefault(name, ModuleType(name))
    yield importlib.import_module("s3tokenizer.model_v3")
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_taps_and_tokens_equal_the_original(
    original: Any, stage: Any, tokenizer: nn.Module, weights: Tensors, config: dict[str, Any]
) -> None:
    theirs = original.S3TokenizerV3("speech_tokenizer_v3_25hz", original.ModelConfigV3(**config)).eval()
    theirs.load_state_dict(weights, strict=True)
    for name in CASES:
        inputs = stage.inputs(name, config)
        rows, ours = recorded(Original(), theirs, inputs), recorded(stage, tokenizer, inputs)
        layers = set(weights) & {f"{name}.weight" for name in ours}
        assert len(layers) == 21
        for key in {layer.removesuffix(".weight") for layer in layers} | {"tokens", "count"}:
            assert torch.equal(rows[key].flatten(), ours[key].flatten()), (name, key)


class Original:
    """What the workbench would run."""

    def run(self, module: Any, inputs: Tensors) -> Tensors:
        tokens, count = module.quantize(inputs["mel"], inputs["length"])
        return {"tokens": tokens, "count": count}

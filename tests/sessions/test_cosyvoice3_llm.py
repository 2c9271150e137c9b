"""The stages `llm.prefill` and `llm.decode` of the cosyvoice3 session at small size: keys, taps, cache, outputs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from cosyvoice3_reference.llm.config import LmConfig
from cosyvoice3_reference.llm.inputs import ARCTIC, CASES, INSTRUCTION, LIBRIVOX
from cosyvoice3_reference.llm.lm import SpeechLm
from cosyvoice3_reference.llm.text import byte_tokens, tokens_of
from torch import Tensor, nn

from tests.sessions.stages import config_of, recorded, registry

Tensors = dict[str, Tensor]
LAYER = (
    *(f"self_attn.{name}_proj.{kind}" for name in "qkv" for kind in ("weight", "bias")),
    *("self_attn.o_proj.weight", "mlp.gate_proj.weight", "mlp.up_proj.weight", "mlp.down_proj.weight"),
    *("input_layernorm.weight", "post_attention_layernorm.weight"),
)


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    return config_of("small", "llm", "model")


@pytest.fixture(scope="module")
def weights() -> Tensors:
    made: Tensors = registry().checkpoints["llm"](config_of("small"), 1986)
    return made


@pytest.fixture
def lm(weights: Tensors, config: dict[str, Any]) -> nn.Module:
    built: nn.Module = registry().stages["llm.prefill"]().build(weights, config)
    return built


def test_keys_are_those_of_the_checkpoint(weights: Tensors) -> None:
    layers = {f"llm.model.model.layers.{n}.{key}" for n in range(3) for key in LAYER}
    others = {"llm.model.model.embed_tokens.weight", "llm.model.model.norm.weight"}
    assert set(weights) == layers | others | {"llm_decoder.weight", "speech_embedding.weight"}
    assert all(value.dtype == torch.float32 and value.std() > 1e-3 for value in weights.values())


def test_full_size_is_qwen2_of_half_a_billion() -> None:
    with torch.device("meta"):
        lm = SpeechLm(LmConfig.read(config_of("full", "llm", "model")))
    # Qwen2-0.5B has 494,032,768; two tables of 6761 × 896 are added.
    assert sum(value.numel() for value in lm.parameters()) == 494_032_768 + 2 * 6761 * 896


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"llm_decoder.weight": None}, "llm_decoder.weight is missing"),
        ({"llm_decoder.weight": torch.ones(6564, 48)}, "[6564, 48] where the configuration makes it [6761, 48]"),
    ],
)
def test_weights_that_do_not_fit_are_named(
    change: dict[str, Tensor | None], sentence: str, weights: Tensors, config: dict[str, Any]
) -> None:
    changed = {key: value for key, value in (weights | change).items() if value is not None}
    with pytest.raises(ValueError, match=re.escape(sentence)):
        registry().stages["llm.prefill"]().build(changed, config)


def test_weights_of_no_layer_are_left_alone(weights: Tensors, config: dict[str, Any]) -> None:
    more = weights | {"llm.model.lm_head.weight": torch.ones(2)}
    assert "llm.model.lm_head.weight" not in registry().stages["llm.prefill"]().build(more, config).state_dict()


def test_every_byte_has_the_id_of_the_byte_level_vocabulary() -> None:
    assert byte_tokens("!~¡ ", 9) == [0, 93, 94 + 12 + 0xC2 - 0xAE, 94, 220]
    assert sorted(byte_tokens("".join(map(chr, range(0x80))), 256)) == sorted({*range(94), *range(188, 222)})
    assert byte_tokens("a<|endofprompt|>b<|endofprompt|>", 256) == [64, 256, 65, 256]


@pytest.mark.parametrize("name", CASES)
def test_inputs_are_ids_of_their_vocabularies_and_repeat(name: str, config: dict[str, Any]) -> None:
    stage = registry().stages["llm.decode"]()
    made, again = stage.inputs(name, config), stage.inputs(name, config)
    assert all(torch.equal(made[key], again[key]) and made[key].dtype == torch.int64 for key in made)
    assert made["text"].max() < 512
    assert (made["text"] == 256).sum() == 1
    assert made["prompt_speech"].shape == (1, CASES[name].prompt)
    assert made["tokens"].shape == (CASES[name].steps,)
    assert 0 <= made["tokens"].min() <= made["tokens"].max() < 6561


def test_speech_varies_and_silence_does_not(config: dict[str, Any]) -> None:
    prompts = {name: registry().stages["llm.prefill"]().inputs(name, config)["prompt_speech"] for name in CASES}
    assert len(prompts["librivox"].unique()) > 30
    assert len(prompts["silence"].unique()) == 1


def test_a_text_without_end_of_prompt_is_refused(lm: Any) -> None:
    with pytest.raises(ValueError, match=r"no id 256, <\|endofprompt\|>"):
        lm.scores(torch.tensor([[1, 2]]), torch.zeros(1, 0, dtype=torch.int64), [])


def test_the_sequence_is_start_text_task_speech(lm: Any, weights: Tensors, config: dict[str, Any]) -> None:
    text, speech = torch.tensor([[5, 256]]), torch.tensor([[7]])
    rows = recorded(registry().stages["llm.prefill"](), lm, {"text": text, "prompt_speech": speech})
    spoken, written = weights["speech_embedding.weight"], weights["llm.model.model.embed_tokens.weight"]
    assert torch.equal(
        rows["lm_input"][0], torch.stack((spoken[6561], written[5], written[256], spoken[6563], spoken[7]))
    )


def test_decoding_equals_one_longer_prompt(lm: Any, config: dict[str, Any]) -> None:
    inputs = registry().stages["llm.decode"]().inputs("arctic", config)
    decoded = registry().stages["llm.decode"]().run(lm, inputs)["logp"]
    for count in range(1, 4):
        longer = torch.cat((inputs["prompt_speech"], inputs["tokens"][None, :count]), dim=1)
        torch.testing.assert_close(decoded[count - 1 : count], lm.scores(inputs["text"], longer, [])[0])


@pytest.mark.parametrize("name", CASES)
def test_scores_are_of_sensible_spread_at_any_depth(name: str, lm: Any, config: dict[str, Any]) -> None:
    stage = registry().stages["llm.prefill"]()
    rows = recorded(stage, lm, stage.inputs(name, config))
    assert all(0.5 < rows[f"llm.model.model.layers.{n}"].square().mean().sqrt() < 4 for n in range(3))
    assert 2 < rows["logp"].std() < 4
    assert rows["logp"].exp().max() < 0.5
    torch.testing.assert_close(rows["logp"].exp().sum(), torch.tensor(1.0))


def test_taps_have_the_names_and_shapes_that_ports_use(lm: Any, config: dict[str, Any]) -> None:
    stage = registry().stages["llm.decode"]()
    rows = recorded(stage, lm, stage.inputs("shortest", config))
    shapes = {name: tuple(row.shape) for name, row in rows.items()}
    layer = "llm.model.model.layers.2."
    for step, length in (("", 3), ("#1", 1)):
        assert shapes[f"lm_input{step}"] == shapes[f"llm.model.model.layers.2{step}"] == (1, length, 48)
        assert shapes[f"{layer}self_attn.q_rotary{step}"] == (1, 4, length, 12)
        assert shapes[f"{layer}self_attn.k_rotary{step}"] == (1, 2, length, 12)
        assert shapes[f"{layer}attn_residual{step}"] == (1, length, 48)
        assert shapes[f"llm_decoder{step}"] == (1, 6761)


def generated(name: str, weights: Tensors) -> tuple[Tensors, Tensors]:
    stage, config = registry().stages["llm"](), config_of("small", "llm")
    inputs = stage.inputs(name, config)
    return inputs, recorded(stage, stage.build(weights, config), inputs)


def test_generation_is_prefill_sampling_and_decoding(weights: Tensors) -> None:
    inputs, rows = generated("librivox", weights)
    tokens = rows["tokens"]
    assert 2 < tokens.shape[1] < 24, "it is to end by a special token"
    decode = registry().stages["llm.decode"]()
    text = torch.cat((inputs["prompt_text"], inputs["text"]), dim=1)
    given = {"text": text, "prompt_speech": inputs["prompt_speech"], "tokens": tokens[0]}
    scores = decode.run(decode.build(weights, config_of("small", "llm", "model")), given)["logp"]
    assert all(torch.equal(scores[n], rows[f"logp#{n + 1}"]) for n in range(tokens.shape[1]))
    sample = registry().stages["llm.sample"]()
    sampler = sample.build({}, config_of("small", "llm", "sampling"))
    noise = {key: inputs[key][: tokens.shape[1] + 1] for key in ("nucleus", "redraw")}
    of_steps = torch.cat((rows["logp"][None], scores))
    nothing = torch.zeros(0, dtype=torch.int64)
    drawn = sample.run(sampler, {"scores": of_steps, "decoded": nothing, "min_len": torch.tensor([99]), **noise})
    assert torch.equal(drawn["tokens"][:-1], tokens[0])
    assert drawn["tokens"][-1] >= 6561


def test_generation_ends_with_the_noise_or_at_twenty_for_one_of_the_text(weights: Tensors) -> None:
    assert generated("arctic", weights)[1]["tokens"].shape == (1, 24)
    assert generated("one_letter", weights)[1]["tokens"].shape == (1, 20)


FIXTURE = Path(__file__).parents[2] / "rust" / "cosyvoice3" / "tests" / "text"


def test_a_text_of_ones_own_needs_a_tokenizer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stage, config = registry().stages["llm"](), config_of("small", "llm")
    monkeypatch.setenv("TTS_TEXT", "Anything.")
    monkeypatch.delenv("MODEL_DIR", raising=False)
    with pytest.raises(ValueError, match=r"'Anything\.' needs a tokenizer: set MODEL_DIR to a folder with vocab\.json"):
        stage.inputs("chain", config)
    monkeypatch.setenv("MODEL_DIR", str(tmp_path))
    with pytest.raises(ValueError, match=f"put vocab.json and merges.txt into MODEL_DIR, {tmp_path}"):
        stage.inputs("chain", config)


def test_ids_are_those_of_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tokenizers", reason="the package tokenizers is not installed")
    monkeypatch.setenv("MODEL_DIR", str(FIXTURE))
    # The last of the tokens that transformers knew there are no part of any text of ours.
    cases = [case for case in json.loads((FIXTURE / "cases.json").read_text()) if max(case["ids"], default=0) < 334]
    assert len(cases) == 12
    assert all(tokens_of(case["text"]) == case["ids"] for case in cases)


def test_a_chain_says_arctic_behind_librivox() -> None:
    config = config_of("small", "llm")
    made = registry().stages["llm"]().inputs("chain", config)
    assert made["prompt_text"].tolist() == [byte_tokens(INSTRUCTION + LIBRIVOX, 256)]
    assert made["text"].tolist() == [byte_tokens(ARCTIC, 256)]
    assert made["nucleus"].shape == (250, 25)

"""The stages `flow.embed`, `flow.cfm` and `flow` of the cosyvoice3 session, ours and beside CosyVoice's own."""

import json
import os
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from cosyvoice3_reference.config import FlowConfig
from cosyvoice3_reference.flow import cfm, look_ahead
from cosyvoice3_reference.flow_inputs import CASES, noise
from torch import Tensor

from tests.sessions.conftest import REGISTRY, SESSION
from workbench.reference.hooks import Taps

Tensors = dict[str, Tensor]
STAGES = {
    "flow.embed": ("arctic", "librivox", "streamed", "silence", "clipped", "noise", "shortest", "odd"),
    "flow.cfm": ("arctic", "streamed", "silence", "noise", "shortest", "odd"),
    "flow": ("arctic", "streamed"),
}
RUNS = [(stage, name) for stage, names in STAGES.items() for name in names]
ROOT = os.environ.get("COSYVOICE_ROOT")


@pytest.fixture(scope="session")
def config() -> dict[str, Any]:
    return dict(json.loads((SESSION / "small.json").read_text())["flow"])


@pytest.fixture(scope="session")
def weights(config: dict[str, Any]) -> Tensors:
    return REGISTRY.checkpoints["flow"]({"flow": config}, 1986)


@pytest.fixture
def run(config: dict[str, Any], weights: Tensors) -> Callable[[str, str], Tensors]:
    """Every tap and output of a stage on one of its inputs."""

    def run(stage: str, name: str) -> Tensors:
        own = config["embed"] if stage == "flow.embed" else config
        made = REGISTRY.stages[stage]()
        module = made.build(weights, own)
        rows: Tensors = {}
        taps = Taps(lambda seen: rows.update({seen.name: seen.tensor.clone()}))
        inputs = made.inputs(name, own)
        with torch.no_grad(), taps.on(module):
            outputs = made.run(module, inputs)
        return rows | outputs

    return run


def test_the_whole_flow_has_the_parameters_of_the_model() -> None:
    full = FlowConfig.read(json.loads((SESSION / "full.json").read_text())["flow"])
    embed = full.embed
    look = look_ahead.LookAhead(embed)
    count = sum(each.numel() for each in look.parameters()) + embed.vocab_size * embed.input_size
    assert count + embed.spk_embed_dim * embed.output_size + embed.output_size == 1_114_864


def test_the_noise_is_what_cosyvoice_draws() -> None:
    torch.manual_seed(0)
    assert torch.equal(noise(80), torch.randn([1, 80, 50 * 300]))


def test_times_lie_on_a_cosine() -> None:
    times = cfm.cosine_times(10)
    assert times[0] == 0
    assert times[10] == 1
    assert float(times[5]) == pytest.approx(1 - 0.5**0.5, abs=1e-7)


def test_a_token_sees_three_ahead_and_two_more_before(config: dict[str, Any]) -> None:
    torch.manual_seed(1)
    layer = look_ahead.LookAhead(FlowConfig.read(config).embed)
    x = torch.randn(1, 12, 80)
    moved = x.clone()
    moved[0, 6] += 1
    changed = (layer(x) - layer(moved)).abs().sum(dim=2)[0] > 0
    assert changed.tolist() == [3 <= n <= 8 for n in range(12)]


def test_what_is_looked_ahead_at_changes_no_frame_later(run: Callable[[str, str], Tensors]) -> None:
    part = run("flow.embed", "streamed")
    assert part["mu"].shape == (1, 80, 102)
    assert part["cond"].shape == part["mu"].shape


@pytest.mark.parametrize(("stage", "name"), RUNS)
def test_outputs_are_finite_and_of_sensible_size(stage: str, name: str, run: Callable[[str, str], Tensors]) -> None:
    for tap, row in run(stage, name).items():
        assert row.isfinite().all(), tap
        assert not row.is_floating_point() or row.abs().max() < 100, tap


def test_guidance_leads_away_from_no_conditions(config: dict[str, Any], weights: Tensors) -> None:
    stage = REGISTRY.stages["flow.cfm"]()
    inputs = stage.inputs("arctic", config)

    def mel(strength: float) -> Tensor:
        changed = config | {"cfm": {"n_timesteps": 1, "inference_cfg_rate": strength}}
        made: Tensor = stage.run(stage.build(weights, changed), inputs)["feat"]
        return made

    with torch.no_grad():
        plain, guided = mel(0.0), mel(0.7)
        free = stage.run(
            stage.build(weights, config | {"cfm": {"n_timesteps": 1, "inference_cfg_rate": 0.0}}),
            inputs | {name: torch.zeros_like(inputs[name]) for name in ("mu", "spks", "cond")},
        )["feat"]
    torch.testing.assert_close(guided, 1.7 * plain - 0.7 * free, atol=1e-4, rtol=1e-4)


def test_the_whole_is_its_parts(run: Callable[[str, str], Tensors], config: dict[str, Any], weights: Tensors) -> None:
    whole = run("flow", "arctic")
    embedded = run("flow.embed", "arctic")
    stage = REGISTRY.stages["flow.cfm"]()
    given = {name: embedded[name] for name in ("mu", "spks", "cond", "known")}
    with torch.no_grad():
        made = stage.run(stage.build(weights, config), {**given, "noise": noise(80), "streaming": torch.tensor([0])})[
            "feat"
        ]
    assert embedded["known"] == 30
    assert torch.equal(made, whole["feat"])


@pytest.mark.parametrize(
    ("stage", "key", "sentence"),
    [
        (
            "flow.embed",
            "pre_lookahead_layer.conv2.bias",
            "flow.embed: the checkpoint does not fit: pre_lookahead_layer",
        ),
        ("flow.cfm", "decoder.estimator.proj_out.bias", "flow.cfm: the checkpoint does not fit below 'decoder.'"),
        ("flow", "input_embedding.weight", "flow: the checkpoint does not fit: input_embedding.weight is missing"),
    ],
)
def test_a_missing_weight_is_named(
    stage: str, key: str, sentence: str, config: dict[str, Any], weights: Tensors
) -> None:
    own = config["embed"] if stage == "flow.embed" else config
    with pytest.raises(ValueError, match=re.escape(sentence)):
        REGISTRY.stages[stage]().build({name: value for name, value in weights.items() if name != key}, own)


def test_an_unknown_input_is_named(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"flow\.cfm has no input 'speech', only arctic, librivox"):
        REGISTRY.stages["flow.cfm"]().inputs("speech", config)
    assert {name for names in STAGES.values() for name in names} <= set(CASES)


@pytest.mark.skipif(ROOT is None, reason="COSYVOICE_ROOT names no checkout of CosyVoice to compare with")
@pytest.mark.parametrize(("stage", "name"), RUNS)
def test_every_tap_equals_the_original(
    stage: str, name: str, run: Callable[[str, str], Tensors], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = run(stage, name)
    monkeypatch.setenv("COSYVOICE_ROOT", str(ROOT))
    theirs = run(stage, name)
    assert list(ours) == list(theirs)
    assert {key: value for key in ours if (value := _distance(ours[key], theirs[key])) > 1e-6} == {}


def _distance(a: Tensor, b: Tensor) -> float:
    assert a.shape == b.shape
    scale = max(float(b.abs().max()), 1.0) if b.is_floating_point() else 1.0
    return float((a.double() - b.double()).abs().max()) / scale

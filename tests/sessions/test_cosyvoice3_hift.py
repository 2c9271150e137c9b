"""The vocoder's stages of the cosyvoice3 session at small size: keys, weights, inputs, outputs, and the original's."""

import importlib.util
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from cosyvoice3_reference.blank import blank
from cosyvoice3_reference.frontend.mel24k import mel24k
from cosyvoice3_reference.hift import inputs as cases
from cosyvoice3_reference.hift.causal_conv import causal_padding
from cosyvoice3_reference.hift.checkpoint import synthetic
from cosyvoice3_reference.hift.config import HiftConfig
from cosyvoice3_reference.hift.generator import Generator
from cosyvoice3_reference.hift.pitch import pitch
from cosyvoice3_reference.speech import mel_of
from safetensors.torch import load_file
from torch import Tensor, nn

from tests.workspace import REPOSITORY
from workbench.reference.hooks import Seen, Taps
from workbench.reference.load import load

SESSION = REPOSITORY / "sessions" / "cosyvoice3"
STAGES = load(SESSION / "reference.py").stages
NAMES = ("hift.f0", "hift.source", "hift.decode", "audio")
ROOT = os.environ.get("COSYVOICE_ROOT")
Config = dict[str, Any]
Tensors = dict[str, Tensor]


def config_of(size: str) -> Config:
    config: Config = json.loads((SESSION / f"{size}.json").read_text())["hift"]
    return config


@pytest.fixture(scope="module")
def hift() -> Config:
    return config_of("small")


@pytest.fixture(scope="module")
def weights(hift: Config) -> Tensors:
    return synthetic(HiftConfig.read(hift), 1986)


@pytest.fixture(scope="module")
def module(weights: Tensors, hift: Config) -> nn.Module:
    # Made before the environment is cleared for the first test that wants it.
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("COSYVOICE_ROOT", raising=False)
        built: nn.Module = STAGES["audio"]().build(weights, hift)
    assert type(built) is Generator
    return built


def inputs_of(stage: str) -> list[str]:
    return [*cases.CASES, *([cases.ALIASED] if stage == "hift.source" else [])]


CASES = [(stage, name) for stage in NAMES for name in inputs_of(stage)]


def recorded(stage: str, module: nn.Module, inputs: Tensors, replaced: str = "") -> Tensors:
    """All taps and outputs of a run; the tap `replaced` goes on as ones."""
    rows: Tensors = {}

    def take(seen: Seen) -> Tensor | None:
        rows[seen.name] = seen.tensor.clone()
        return torch.ones_like(seen.tensor) if seen.name == replaced else None

    with torch.no_grad(), Taps(take).on(module):
        outputs: Tensors = STAGES[stage]().run(module, {name: tensor.clone() for name, tensor in inputs.items()})
    return rows | outputs


def test_full_size_has_the_parameters_of_the_model() -> None:
    module = blank(lambda: Generator(HiftConfig.read(config_of("full"))))
    predictor = sum(each.numel() for each in module.get_submodule("f0_predictor").parameters())
    assert predictor == 3_315_201
    assert sum(each.numel() for each in module.parameters()) - predictor == 17_464_686


def test_small_differs_from_full_in_width_alone() -> None:
    small, full = config_of("small"), config_of("full")
    assert {name for name in full if small[name] != full[name]} == {"base_channels", "f0_cond_channels"}


def test_configuration_with_a_wrong_key_says_which(hift: Config) -> None:
    changed = {"channels": 4, **{key: value for key, value in hift.items() if key != "base_channels"}}
    with pytest.raises(ValueError, match=r"missing \['base_channels'\], unknown \['channels'\]"):
        HiftConfig.read(changed)


def test_synthetic_weights_depend_on_the_seed_alone(weights: Tensors, hift: Config) -> None:
    again, other = (synthetic(HiftConfig.read(hift), seed) for seed in (1986, 1987))
    assert all(torch.equal(weights[key], again[key]) for key in weights)
    assert not any(torch.equal(weights[key], other[key]) for key in weights)
    assert all(value.count_nonzero() == value.numel() for value in weights.values())


def test_a_folded_weight_is_neither_its_direction_nor_unscaled(weights: Tensors) -> None:
    key = "generator.ups.0.parametrizations.weight"
    length = torch.linalg.vector_norm(weights[f"{key}.original1"], dim=(1, 2))
    ratio = weights[f"{key}.original0"].flatten() / length
    assert ratio.max() < 0.8 and ratio.std() > 0.02


@pytest.mark.parametrize("prefix", ["", "generator."])
def test_weights_may_have_a_prefix_and_others_beside_them(weights: Tensors, hift: Config, prefix: str) -> None:
    named = {key.replace("generator.", prefix): value for key, value in weights.items()}
    if prefix:
        named["discriminator.bias"] = torch.ones(1)
    module = STAGES["hift.f0"]().build(named, hift)
    assert {value.dtype for value in module.f0_predictor.state_dict().values()} == {torch.float64}
    assert {value.dtype for value in module.ups.state_dict().values()} == {torch.float32}
    assert not module.training


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"conv_pre.bias": None}, "conv_pre.bias is missing"),
        ({"conv_pre.bias": torch.ones(3)}, "conv_pre.bias is [3] where the configuration makes it [64]"),
        ({"conv_pre.scale": torch.ones(3)}, "conv_pre.scale belongs to no layer"),
    ],
)
def test_weights_that_do_not_fit_are_named(
    weights: Tensors, hift: Config, change: dict[str, Tensor | None], sentence: str
) -> None:
    changed = weights | {f"generator.{key}": value for key, value in change.items()}
    with pytest.raises(ValueError, match=re.escape(sentence)):
        STAGES["audio"]().build({key: value for key, value in changed.items() if value is not None}, hift)


def test_an_unknown_input_is_refused(hift: Config) -> None:
    with pytest.raises(ValueError, match=r"has no input 'aliased', only arctic"):
        STAGES["audio"]().inputs("aliased", hift)


@pytest.mark.parametrize(("stage", "name"), CASES)
def test_inputs_are_the_same_on_every_call_and_outputs_have_spread(
    stage: str, name: str, module: nn.Module, hift: Config
) -> None:
    inputs, again = (STAGES[stage]().inputs(name, hift) for _ in range(2))
    assert all(torch.equal(inputs[key], again[key]) for key in inputs)
    output = [*recorded(stage, module, inputs).values()][-1]
    assert output.dtype is torch.float32
    assert output.isfinite().all() and output.std() > 1e-3


def test_lengths_are_those_of_streaming_and_of_the_end(module: nn.Module, hift: Config) -> None:
    lengths = {(stage, name): 0 for stage in NAMES for name in ("arctic", "librivox")}
    for stage, name in lengths:
        lengths[stage, name] = [*recorded(stage, module, STAGES[stage]().inputs(name, hift)).values()][-1].shape[-1]
    whole, streamed = ([lengths[stage, name] for stage in NAMES] for name in ("arctic", "librivox"))
    assert whole == [64, 64 * 480, 64 * 480, 64 * 480]
    assert streamed == [61, 64 * 480, 59 * 480, 56 * 480]


def test_what_comes_later_changes_nothing_that_was_said(module: nn.Module, hift: Config) -> None:
    inputs = STAGES["audio"]().inputs("arctic", hift)
    whole = STAGES["audio"]().run(module, inputs)["audio"]
    first = inputs | {"mel": inputs["mel"][:, :, :40], "finalize": torch.tensor([0])}
    said = STAGES["audio"]().run(module, first)["audio"]
    assert said.shape == (1, 32 * 480)
    torch.testing.assert_close(said, whole[:, : 32 * 480], rtol=0, atol=2e-5)


def test_the_first_random_phase_has_no_effect(module: nn.Module, hift: Config) -> None:
    inputs = STAGES["hift.source"]().inputs("arctic", hift)
    other = inputs | {"rand_ini": 1 - inputs["rand_ini"]}
    assert torch.equal(*(STAGES["hift.source"]().run(module, each)["source"] for each in (inputs, other)))


def test_a_fused_level_reaches_all_of_its_blocks(module: nn.Module, hift: Config) -> None:
    inputs = STAGES["hift.decode"]().inputs("noise", hift)
    rows = recorded("hift.decode", module, inputs, replaced="fused.1")
    alpha = module.state_dict()["resblocks.5.activations1.0.alpha"]
    wanted = 1 + torch.sin(alpha) ** 2 / (alpha + 1e-9)
    torch.testing.assert_close(rows["resblocks.5.activations1.0"][0, :, 7], wanted)


def test_padding_is_the_originals() -> None:
    assert [causal_padding(*each) for each in [(1, 1), (4, 1), (5, 1), (3, 5), (11, 5)]] == [0, 3, 4, 10, 50]


def test_pitch_of_tones_is_theirs_and_of_noise_none() -> None:
    time = torch.arange(24_000) / 24_000
    for hz in (70.0, 110.0, 200.0):
        tone = sum(torch.sin(2 * torch.pi * hz * n * time) / n for n in range(1, 8))
        assert isinstance(tone, Tensor)
        middle = pitch(0.1 * tone)[5:-5]
        assert (middle - hz).abs().max() < 0.02 * hz
    assert pitch(0.1 * torch.randn(24_000, generator=torch.Generator().manual_seed(1))).count_nonzero() <= 2
    assert pitch(torch.zeros(960)).tolist() == [0, 0]


def distance(module: nn.Module, file: str, hift: Config) -> float:
    """Mean absolute difference of the natural log-mels of a whole recording and of what the module makes of it."""
    mel = mel_of(file)
    drawn = cases.draws("arctic", HiftConfig.read(hift), mel.shape[1])
    inputs = {"mel": mel[None], "finalize": torch.tensor([1]), **drawn}
    with torch.no_grad():
        audio = STAGES["audio"]().run(module, inputs)["audio"]
    return float((mel24k(audio)[0] - mel).abs().mean())


@pytest.mark.parametrize("file", [cases.ARCTIC, cases.LIBRIVOX])
def test_the_vendored_vocoder_says_what_it_was_trained_on(file: str, module: nn.Module, hift: Config) -> None:
    weights = load_file(SESSION / "weights" / "small" / "hift.safetensors")
    assert sum(value.nbytes for value in weights.values()) < 4e6
    assert distance(STAGES["audio"]().build(weights, hift), file, hift) < 0.3
    assert distance(module, file, hift) > 1.5


def test_what_training_writes_is_a_checkpoint(tmp_path: Path, hift: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    script = SESSION / "training" / "hift.py"
    spec = importlib.util.spec_from_file_location("training_of_hift", script)
    assert spec and spec.loader
    training = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, training)
    spec.loader.exec_module(training)
    monkeypatch.setattr(training, "PITCH_STEPS", 1)
    monkeypatch.setattr(sys, "argv", ["hift.py", str(tmp_path / "hift.safetensors"), "--minutes", "0.001"])
    training.main()
    module = STAGES["audio"]().build(load_file(tmp_path / "hift.safetensors"), hift)
    assert all(value.isfinite().all() for value in module.state_dict().values())


@pytest.fixture
def fresh_imports() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "cosyvoice"]:
        del sys.modules[name]


def test_a_root_without_the_vocoder_is_named(
    weights: Tensors, hift: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COSYVOICE_ROOT", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"no cosyvoice/hifigan/generator\.py: name a checkout of CosyVoice"):
        STAGES["audio"]().build(weights, hift)


def test_a_missing_package_is_named(
    weights: Tensors, hift: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_imports: None
) -> None:
    folder = tmp_path / "cosyvoice" / "hifigan"
    folder.mkdir(parents=True)
    (folder / "generator.py").write_text("import package_that_is_not_there\n")
    monkeypatch.setenv("COSYVOICE_ROOT", str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match=r"'package_that_is_not_there'.*give this interpreter scipy"):
        STAGES["audio"]().build(weights, hift)
    assert str(tmp_path) not in sys.path


needs_original = pytest.mark.skipif(
    ROOT is None, reason="COSYVOICE_ROOT names no checkout of CosyVoice to compare with"
)


@pytest.fixture(scope="module")
def original(weights: Tensors, hift: Config) -> Callable[[pytest.MonkeyPatch], nn.Module]:
    made: list[nn.Module] = []

    def make(monkeypatch: pytest.MonkeyPatch) -> nn.Module:
        monkeypatch.setenv("COSYVOICE_ROOT", str(ROOT))
        made.extend([] if made else [STAGES["audio"]().build(weights, hift)])
        assert type(made[0]).__module__ == "cosyvoice.hifigan.generator"
        return made[0]

    return make


UNUSED = {"m_source.l_sin_gen.2", "m_source.1", "m_source.2"}
"""What the original computes and nothing reads."""


@needs_original
@pytest.mark.parametrize(("stage", "name"), CASES)
def test_every_tap_equals_the_original(
    stage: str,
    name: str,
    module: nn.Module,
    hift: Config,
    original: Callable[[pytest.MonkeyPatch], nn.Module],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inputs = STAGES[stage]().inputs(name, hift)
    theirs, ours = recorded(stage, original(monkeypatch), inputs), recorded(stage, module, inputs)
    assert list(ours) == [tap for tap in theirs if tap not in UNUSED]
    assert {tap for tap in ours if not torch.equal(ours[tap], theirs[tap])} == set()


@needs_original
@pytest.mark.parametrize("replaced", ["fused.1", "stft_imag", "magnitude"])
def test_a_replacement_acts_in_the_original_as_in_ours(
    replaced: str,
    module: nn.Module,
    hift: Config,
    original: Callable[[pytest.MonkeyPatch], nn.Module],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inputs = STAGES["hift.decode"]().inputs("odd", hift)
    theirs, ours = (recorded("hift.decode", each, inputs, replaced) for each in (original(monkeypatch), module))
    assert {tap for tap in ours if not torch.equal(ours[tap], theirs[tap])} == set()

"""The speaker network of the cosyvoice3 session: keys, weights, activations, and what is special about its layers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from cosyvoice3_reference.frontend import inputs
from cosyvoice3_reference.frontend.speaker import campplus, dense, weights
from cosyvoice3_reference.frontend.speaker.config import SpeakerConfig
from cosyvoice3_reference.frontend.speaker.head import Head
from cosyvoice3_reference.frontend.speaker.stage import Speaker
from torch import Tensor, nn

Tensors = dict[str, Tensor]
CONFIG = Path(__file__).parents[2] / "sessions" / "cosyvoice3"


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    return dict(json.loads((CONFIG / "small.json").read_text())["speaker"])


@pytest.fixture(scope="module")
def checkpoint(config: dict[str, Any]) -> Tensors:
    return weights.synthetic(SpeakerConfig.read(config), 1986)


@pytest.fixture(scope="module")
def network(config: dict[str, Any], checkpoint: Tensors) -> nn.Module:
    return Speaker().build(checkpoint, config)


def test_both_sizes_are_the_published_network(config: dict[str, Any], checkpoint: Tensors) -> None:
    assert json.loads((CONFIG / "full.json").read_text())["speaker"] == config
    assert len(checkpoint) == 937
    # As many as campplus_cn_common.bin has without the counters of its norms.
    assert sum(value.numel() for value in checkpoint.values() if value.dim()) == 6_930_720


@pytest.mark.parametrize(
    ("key", "shape"),
    [
        ("head.layer2.0.shortcut.0.weight", (32, 32, 1, 1)),
        ("xvector.tdnn.linear.weight", (128, 320, 5)),
        ("xvector.block2.tdnnd24.nonlinear1.batchnorm.running_var", (992,)),
        ("xvector.block3.tdnnd16.cam_layer.linear_local.weight", (32, 128, 3)),
        ("xvector.block1.tdnnd1.cam_layer.linear1.bias", (64,)),
        ("xvector.transit3.linear.weight", (512, 1024, 1)),
        ("xvector.dense.linear.weight", (192, 1024, 1)),
    ],
)
def test_keys_and_shapes_are_those_of_the_published_file(key: str, shape: tuple[int, ...], checkpoint: Tensors) -> None:
    assert checkpoint[key].shape == shape
    assert "xvector.dense.nonlinear.batchnorm.weight" not in checkpoint


def test_synthetic_weights_depend_on_the_seed_alone(config: dict[str, Any], checkpoint: Tensors) -> None:
    again, other = (weights.synthetic(SpeakerConfig.read(config), seed) for seed in (1986, 1987))
    assert all(torch.equal(checkpoint[key], again[key]) for key in checkpoint)
    assert not torch.equal(checkpoint["head.conv1.weight"], other["head.conv1.weight"])
    assert all(value.any() for value in checkpoint.values())


def test_no_gate_is_shut_and_speakers_differ(network: nn.Module, config: dict[str, Any]) -> None:
    gates: list[Tensor] = []
    for name, module in network.named_modules():
        if name.endswith("sigmoid"):
            module.register_forward_hook(lambda module, args, out: gates.append(out))
    a, b, c = (network(Speaker().inputs(name, config)["fbank"]) for name in ("arctic", "arctic_short", "librivox"))
    assert all(0.05 < gate.std() < 0.4 for gate in gates)
    assert len(gates) == 3 * 52
    assert 1 < a.norm() < 100
    assert torch.cosine_similarity(a, b) < 0.999 > torch.cosine_similarity(a, c)


@pytest.mark.parametrize("name", inputs.CASES)
def test_the_embedding_is_finite(name: str, network: nn.Module, config: dict[str, Any]) -> None:
    found = Speaker().run(network, Speaker().inputs(name, config))["speaker_embedding"]
    assert found.shape == (1, 192)
    assert found.isfinite().all()


def test_a_checkpoint_that_does_not_fit_is_told(checkpoint: Tensors, config: dict[str, Any]) -> None:
    less = {key: value for key, value in checkpoint.items() if key != "head.conv1.weight"}
    with pytest.raises(ValueError, match=re.escape("does not fit: Error(s) in loading")):
        Speaker().build(less, config)
    with pytest.raises(ValueError, match=r"missing \['segment'\], unknown \['frames'\]"):
        Speaker().build(checkpoint, {"frames" if key == "segment" else key: value for key, value in config.items()})


def test_the_last_segment_is_divided_by_its_own_length() -> None:
    x = torch.tensor([[[1.0, 3.0, 4.0, 6.0, 9.0]]])
    assert dense.segment_means(x, 2).tolist() == [[[2, 2, 5, 5, 9]]]


def test_statistics_are_means_then_unbiased_deviations() -> None:
    x = torch.tensor([[[1.0, 3.0], [2.0, -2.0]]])
    torch.testing.assert_close(campplus.Statistics()(x), torch.tensor([[2.0, 0.0, 2**0.5, 8**0.5]]))


def test_the_head_keeps_frames_and_an_eighth_of_the_bands() -> None:
    assert Head(4).eval()(torch.randn(2, 80, 13)).shape == (2, 40, 13)


def test_a_dense_block_passes_its_input_on(config: dict[str, Any]) -> None:
    block = dense.DenseBlock(SpeakerConfig.read(config), 6, layers=2, dilation=2).eval()
    x = torch.randn(1, 6, 9)
    found = block(x)
    assert found.shape == (1, 6 + 2 * 32, 9)
    assert torch.equal(found[:, :6], x)

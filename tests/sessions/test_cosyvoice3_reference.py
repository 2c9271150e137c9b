"""The stage `flow.dit` of the cosyvoice3 session at small size: keys, weights, taps, outputs."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from cosyvoice3_reference.blank import blank
from cosyvoice3_reference.config import DitConfig
from cosyvoice3_reference.flow import keys
from cosyvoice3_reference.flow.dit import Dit
from torch import Tensor

BLOCK_LAYERS = ("attn_norm.linear", "attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0", "ff.ff.0.0", "ff.ff.2")
OTHER_LAYERS = (
    *("time_embed.time_mlp.0", "time_embed.time_mlp.2", "input_embed.proj", "norm_out.linear", "proj_out"),
    *("input_embed.conv_pos_embed.conv1.0", "input_embed.conv_pos_embed.conv2.0"),
)
LENGTHS = {
    **{"arctic": 200, "librivox": 355, "arctic_short": 77},
    **{"silence": 30, "clipped": 40, "noise": 32, "shortest": 1, "odd": 51},
}

Config = dict[str, int]
Tensors = dict[str, Tensor]


def test_keys_are_those_of_the_checkpoint(checkpoint: Tensors, small: Config) -> None:
    layers = [f"transformer_blocks.{n}.{layer}" for n in range(4) for layer in BLOCK_LAYERS] + list(OTHER_LAYERS)
    expected = {f"{layer}.{kind}" for layer in layers for kind in ("weight", "bias")} | {"rotary_embed.inv_freq"}
    assert set(blank(lambda: Dit(DitConfig.read(small))).state_dict()) == expected
    assert {key for key in checkpoint if key.startswith("decoder.")} == {f"decoder.estimator.{key}" for key in expected}


def test_full_size_has_the_parameters_of_the_model(full: Config) -> None:
    dit = blank(lambda: Dit(DitConfig.read(full)))
    assert sum(p.numel() for p in dit.parameters()) == 331_142_224
    assert sum(p.numel() for p in dit.get_submodule("transformer_blocks.0").parameters()) == 14_693_376
    assert dit.state_dict()["input_embed.conv_pos_embed.conv1.0.weight"].shape == (1024, 64, 31)


def test_configuration_with_a_wrong_key_says_which(small: Config) -> None:
    with pytest.raises(ValueError, match=r"missing \['depth'\], unknown \['layers'\]"):
        DitConfig.read({"layers": 4, **{key: value for key, value in small.items() if key != "depth"}})


def test_synthetic_weights_depend_on_the_seed_alone(
    checkpoint: Tensors, small: Config, make_checkpoint: Callable[[Config, int], Tensors]
) -> None:
    again, other = (make_checkpoint(small, seed) for seed in (1986, 1987))
    assert all(torch.equal(checkpoint[key], again[key]) for key in checkpoint)
    key = "decoder.estimator.proj_out.weight"
    assert not torch.equal(checkpoint[key], other[key])


def test_no_synthetic_tensor_is_zero_or_constant(checkpoint: Tensors) -> None:
    assert all(value.dtype == torch.float32 and value.std() > 1e-3 for value in checkpoint.values())


def test_keys_of_other_parts_are_left_out_and_fewer_blocks_can_be_asked_for(
    checkpoint: Tensors, flow_dit: Any, small: Config
) -> None:
    module = flow_dit.build(checkpoint | {"input_embedding.weight": torch.ones(2)}, small | {"depth": 2})
    assert len(list(module.transformer_blocks)) == 2
    assert not module.training


def test_half_precision_weights_are_widened(checkpoint: Tensors, flow_dit: Any, small: Config) -> None:
    module = flow_dit.build({key: value.bfloat16() for key, value in checkpoint.items()}, small)
    assert {value.dtype for value in module.state_dict().values()} == {torch.float32}


@pytest.mark.parametrize(
    ("change", "config", "sentence"),
    [
        ({"proj_out.bias": None}, {}, "proj_out.bias is missing"),
        ({"proj_out.bias": torch.ones(81)}, {}, "proj_out.bias is [81] where the configuration makes it [80]"),
        ({"proj_out.scale": torch.ones(80)}, {}, "proj_out.scale belongs to no layer"),
        ({}, {"depth": 5}, "the configuration asks for 5 blocks, the checkpoint has 4"),
    ],
)
def test_weights_that_do_not_fit_are_named(
    checkpoint: Tensors,
    change: dict[str, Tensor | None],
    config: dict[str, int],
    sentence: str,
    flow_dit: Any,
    small: Config,
) -> None:
    changed = checkpoint | {keys.ESTIMATOR + key: value for key, value in change.items()}
    with pytest.raises(ValueError, match=re.escape(sentence)):
        flow_dit.build({key: value for key, value in changed.items() if value is not None}, small | config)


def test_a_checkpoint_of_something_else_is_refused(flow_dit: Any, small: Config) -> None:
    with pytest.raises(ValueError, match="no key of the checkpoint starts with"):
        flow_dit.build({"generator.conv_pre.weight": torch.ones(1)}, small)


@pytest.mark.parametrize("name", LENGTHS)
def test_velocity_is_finite_and_of_sensible_size(
    checkpoint: Tensors, name: str, flow_dit: Any, small: Config, recorded: Callable[..., Tensors]
) -> None:
    rows = recorded(flow_dit.build(checkpoint, small), flow_dit.inputs(name, small))
    velocity = rows["velocity"]
    assert velocity.shape == (2, 80, LENGTHS[name])
    assert LENGTHS[name] == 1 or velocity.std(dim=2).min() > 0.05
    assert (velocity[0] - velocity[1]).abs().mean() > 0.1
    sizes = [rows[f"transformer_blocks.{n}"].square().mean().sqrt() for n in range(4)]
    assert all(0.5 < size < 10 for size in sizes)
    assert all(row.isfinite().all() for row in rows.values())


def test_streaming_and_padding_reach_the_velocity(
    checkpoint: Tensors, flow_dit: Any, small: Config, recorded: Callable[..., Tensors]
) -> None:
    module = flow_dit.build(checkpoint, small)
    inputs = flow_dit.inputs("arctic_short", small)
    plain = recorded(module, inputs)["velocity"]
    streamed = recorded(module, inputs | {"streaming": torch.tensor([1])})["velocity"]
    unpadded = recorded(module, inputs | {"mask": torch.ones(2, 1, 77)})["velocity"]
    assert (streamed - plain)[0].abs().max() > 1e-2
    assert torch.equal(unpadded[0], plain[0])
    assert (unpadded - plain)[1].abs().max() > 1e-2


def test_taps_have_the_names_and_shapes_that_ports_use(
    checkpoint: Tensors, flow_dit: Any, small: Config, recorded: Callable[..., Tensors]
) -> None:
    rows = recorded(flow_dit.build(checkpoint, small), flow_dit.inputs("arctic_short", small))
    in_block = ("attn_norm.0", "ff_norm", "attn.q_rotary", "attn.k_rotary", "attn", "attn_residual", "ff_modulated")
    frames = [f"transformer_blocks.3.{name}" for name in in_block]
    frames += ["transformer_blocks.3", "input_embed", "input_embed.conv_pos_embed", "norm_out"]
    assert {rows[name].shape for name in frames} == {(2, 77, 128)}
    assert rows["time_embed.time_embed"].shape == (2, 256)
    assert rows["input_embed.conv_pos_embed.conv1.0"].shape == (2, 128, 77)
    assert {*OTHER_LAYERS, *(f"transformer_blocks.0.{layer}" for layer in BLOCK_LAYERS)} <= rows.keys()


def test_sums_and_modulations_are_those_of_their_taps(
    checkpoint: Tensors, flow_dit: Any, small: Config, recorded: Callable[..., Tensors]
) -> None:
    rows = recorded(flow_dit.build(checkpoint, small), flow_dit.inputs("arctic_short", small))
    block = {name.removeprefix("transformer_blocks.0."): row for name, row in rows.items()}
    gate, shift_ff, scale_ff, gate_ff = (block[f"attn_norm.{n}"][:, None] for n in (1, 2, 3, 4))
    expected = {
        "input_embed": rows["input_embed.conv_pos_embed"] + rows["input_embed.proj"],
        "attn_residual": rows["input_embed"] + gate * block["attn"],
        "ff_modulated": block["ff_norm"] * (1 + scale_ff) + shift_ff,
        "transformer_blocks.0": block["attn_residual"] + gate_ff * block["ff"],
    }
    for name, row in expected.items():
        torch.testing.assert_close(block[name], row)


def test_a_replaced_residual_reaches_both_of_its_readers(
    checkpoint: Tensors, flow_dit: Any, small: Config, replaced_residual: Callable[..., Tensors]
) -> None:
    module = flow_dit.build(checkpoint, small)
    rows = replaced_residual(module)
    ff = rows["transformer_blocks.0.ff"]
    gate = rows["transformer_blocks.0.attn_norm.4"][:, None]
    torch.testing.assert_close(rows["transformer_blocks.0"], 1 + gate * ff)
    assert rows["transformer_blocks.0.ff_norm"].abs().max() < 1e-6


def test_everything_runs_in_float64(
    checkpoint: Tensors, flow_dit: Any, small: Config, recorded: Callable[..., Tensors]
) -> None:
    single, inputs = flow_dit.build(checkpoint, small), flow_dit.inputs("librivox", small)
    reference = recorded(single, inputs)
    wide = {key: value.double() if value.is_floating_point() else value for key, value in inputs.items()}
    rows = recorded(single.double(), wide)
    assert {row.dtype for row in rows.values()} == {torch.float64}
    difference = (rows["velocity"] - reference["velocity"]).abs().max()
    assert 0 < difference < 1e-4

"""The inputs of the cosyvoice3 session: the prompt mel and what is drawn."""

from typing import Any

import pytest
import torch
from cosyvoice3_reference import speech

LENGTHS = {
    **{"arctic": 200, "librivox": 355, "arctic_short": 77},
    **{"silence": 30, "clipped": 40, "noise": 32, "shortest": 1, "odd": 51},
}
Config = dict[str, int]


@pytest.mark.parametrize("name", LENGTHS)
def test_inputs_have_the_declared_shapes_and_repeat(name: str, flow_dit: Any, small: Config) -> None:
    made, again = (flow_dit.inputs(name, small) for _ in range(2))
    length = LENGTHS[name]
    shapes = {key: tuple(value.shape) for key, value in made.items()}
    wide = (2, 80, length)
    assert shapes == {
        **{"x": wide, "mask": (2, 1, length), "mu": wide, "t": (2,), "spks": (2, 80), "cond": wide},
        "streaming": (1,),
    }
    assert all(torch.equal(made[key], again[key]) for key in made)
    assert made["streaming"].dtype == torch.int64
    assert made["streaming"].item() == (name in ("librivox", "odd"))


@pytest.mark.parametrize("name", LENGTHS)
def test_row_one_is_unconditioned(name: str, flow_dit: Any, small: Config) -> None:
    made = flow_dit.inputs(name, small)
    assert not any(made[key][1].any() for key in ("mu", "spks", "cond"))
    there = {"silence": ("spks", "cond"), "shortest": ("mu", "spks")}.get(name, ("mu", "spks", "cond"))
    assert all(made[key][0].any() for key in there)
    assert torch.equal(made["x"][0], made["x"][1])
    assert made["t"][0] == made["t"][1]


def test_the_prompt_is_the_mel_of_the_first_part(flow_dit: Any, small: Config) -> None:
    cond = flow_dit.inputs("arctic", small)["cond"][0]
    assert torch.equal(cond[:, :80], speech.mel_of("arctic_a0007.wav")[:, :80])
    assert not cond[:, 80:].any()


def test_conditioning_changes_at_token_rate(flow_dit: Any, small: Config) -> None:
    mu = flow_dit.inputs("librivox", small)["mu"][0]
    assert torch.equal(mu[:, 0:354:2], mu[:, 1:354:2])
    assert (mu[:, 0:352:2] != mu[:, 2:354:2]).any(dim=0).all()


def test_only_the_short_input_is_padded(flow_dit: Any, small: Config) -> None:
    padded = {name: (flow_dit.inputs(name, small)["mask"] == 0).sum(dim=(1, 2)).tolist() for name in LENGTHS}
    assert padded == {name: [0, 15 if name == "arctic_short" else 0] for name in LENGTHS}
    assert flow_dit.inputs("arctic_short", small)["mask"][1, 0, 61:].tolist() == [1.0] + [0.0] * 15


@pytest.mark.parametrize("name", LENGTHS)
def test_no_input_has_a_value_that_is_not_finite(name: str, flow_dit: Any, small: Config) -> None:
    made = flow_dit.inputs(name, small)
    assert all(tensor.isfinite().all() and tensor.abs().max() < 20 for tensor in made.values())


def test_silence_has_no_spread_and_clipped_speech_is_louder(flow_dit: Any, small: Config) -> None:
    silent, clipped = (flow_dit.inputs(name, small)["cond"][0] for name in ("silence", "clipped"))
    assert set(silent[:, :12].unique().tolist()) == {float(torch.tensor(1e-5).log())}
    assert clipped[:, :16].mean() > speech.mel_of("arctic_a0007.wav", 0.5, 0.8)[:, :16].mean() + 1


def test_an_unknown_input_is_refused(flow_dit: Any, small: Config) -> None:
    with pytest.raises(ValueError, match="no input 'arctis', only arctic, librivox, arctic_short, "):
        flow_dit.inputs("arctis", small)

"""The inputs of the cosyvoice3 session: the prompt mel and what is drawn."""

from typing import Any

import pytest
import torch
from cosyvoice3_reference import mel, resample, speech

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


def test_mel_filters_equal_librosa() -> None:
    # librosa 0.11: librosa.filters.mel(sr=24000, n_fft=1920, n_mels=80, fmin=0, fmax=None)
    filters = mel.mel_filters()
    some = filters[[0, 40, 79]]
    assert some.argmax(dim=1).tolist() == [3, 169, 919]
    assert (some > 0).sum(dim=1).tolist() == [6, 15, 79]
    assert torch.equal(some.amax(dim=1), torch.tensor([0.02116453, 0.010728232, 0.0019930308]))


def test_mel_of_silence_is_the_smallest_value() -> None:
    assert torch.equal(mel.mel24k(torch.zeros(4800)), torch.full((80, 10), 1e-5).log())


@pytest.mark.parametrize("amplitude", [1.0, 2e-6])
def test_mel_of_a_tone(amplitude: float) -> None:
    # A sine on bin 80 (1 kHz) has a·N/4 there under a Hann window, half of that beside it; every bin is then raised
    # by 1e-9 in its square, which tells for the quiet one.
    found = mel.mel24k(amplitude * torch.sin(2 * torch.pi * 1000 * torch.arange(24000).double() / 24000))
    spectrum = torch.zeros(961)
    spectrum[79], spectrum[80], spectrum[81] = 240.0, 480.0, 240.0
    filters = mel.mel_filters()
    band = int(filters[:, 80].argmax())
    expected = (filters @ ((amplitude * spectrum).square() + 1e-9).sqrt())[band].log()
    torch.testing.assert_close(found[band, 25], expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("hertz", [100, 1000, 6500])
def test_resampling_keeps_a_tone(hertz: int) -> None:
    at_16k = torch.sin(2 * torch.pi * hertz * torch.arange(8001).double() / 16000)
    at_24k = torch.sin(2 * torch.pi * hertz * torch.arange(12002).double() / 24000)
    found = resample.resample(at_16k, 16000, 24000)
    assert found.shape == at_24k.shape
    torch.testing.assert_close(found[200:-200], at_24k[200:-200], rtol=0, atol=2e-4)

"""The frontend of the cosyvoice3 session: each stage by what is known of its result, and its inputs and taps."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from cosyvoice3_reference.frontend import fbank, inputs, mel24k, mel_filters, resample, stages, whisper_mel
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from workbench.reference.hooks import Seen, Taps
from workbench.reference.load import load

Tensors = dict[str, Tensor]
REFERENCE = Path(__file__).parents[2] / "sessions" / "cosyvoice3" / "reference.py"


@pytest.fixture(scope="module")
def declared() -> dict[str, Any]:
    return {name: made() for name, made in load(REFERENCE).stages.items() if name in stages.STAGES}


@pytest.fixture
def recorded(declared: dict[str, Any]) -> Callable[[str, str], Tensors]:
    """All taps and outputs of a stage on an input."""

    def record(stage: str, name: str) -> Tensors:
        rows: Tensors = {}

        def take(seen: Seen) -> None:
            rows[seen.name] = seen.tensor.clone()

        module, made = declared[stage].build({}, {}), declared[stage].inputs(name, {})
        with Taps(take).on(module):
            outputs: Tensors = declared[stage].run(module, made)
        return rows | outputs

    return record


def tone(hertz: float, rate: int, seconds: float, amplitude: float = 1.0) -> Tensor:
    times = torch.arange(round(rate * seconds)).double() / rate
    return (amplitude * torch.sin(2 * torch.pi * hertz * times)).float()[None]


TAPS = {
    "frontend.mel24k": ["framed", "window", "windowed", "spectrum", "magnitude", "filters", "mel", "speech_feat"],
    "frontend.whisper_mel": [
        *("framed", "window", "windowed", "spectrum", "power", "filters", "mel", "log", "raised", "whisper_mel"),
    ],
    "frontend.fbank": [
        *("framed", "centred", "emphasised", "window", "windowed", "spectrum", "power", "filters", "mel", "log"),
        "fbank",
    ],
}
SHAPES = {
    "frontend.mel24k": {"arctic": (1, 200, 80), "shortest": (1, 1, 80), "odd": (1, 51, 80)},
    "frontend.whisper_mel": {"arctic": (1, 128, 400), "shortest": (1, 128, 1), "odd": (1, 128, 102)},
    "frontend.fbank": {"arctic": (1, 398, 80), "shortest": (1, 2, 80), "odd": (1, 100, 80)},
}


@pytest.mark.parametrize("stage", TAPS)
@pytest.mark.parametrize("name", inputs.CASES)
def test_every_step_has_its_tap_and_some_spread(stage: str, name: str, recorded: Callable[[str, str], Tensors]) -> None:
    rows = recorded(stage, name)
    assert sorted(rows) == sorted(TAPS[stage])
    assert all(row.dtype == torch.float32 and row.isfinite().all() and row.std() > 0 for row in rows.values())
    assert rows[TAPS[stage][-1]].shape == SHAPES[stage].get(name, rows[TAPS[stage][-1]].shape)


@pytest.mark.parametrize(("name", "rate"), [("arctic", 16000), ("at_24000", 24000), ("at_44100", 44100)])
def test_a_recording_is_resampled_to_both_rates(name: str, rate: int, recorded: Callable[[str, str], Tensors]) -> None:
    rows = recorded("frontend.resample", name)
    changed = [target for target in (16000, 24000) if target != rate]
    taps = [f"to_{target}.{tap}" for target in changed for tap in ("kernel", "phases")]
    assert sorted(rows) == sorted([*taps, "wav16k", "wav24k"])
    assert len(rows["wav24k"][0]) == math.ceil(len(rows["wav16k"][0]) * 1.5)
    assert torch.equal(rows["wav24k"] if rate == 24000 else rows["wav16k"], inputs_of(name)) or rate == 44100


def inputs_of(name: str) -> Tensor:
    return stages.Resample().inputs(name, {})["wav"]


@pytest.mark.parametrize("name", ["arctis", "at_44100x"])
def test_an_unknown_input_is_refused(name: str, declared: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"arctis|44100x"):
        declared["frontend.resample"].inputs(name, {})


def test_silence_flickers_and_a_gap_is_digital() -> None:
    assert set(inputs.wav("silence", 16000, 1).mul(2**15).flatten().tolist()) == {-1, 0, 1}
    gap = inputs.wav("gap", 16000, 1)[0]
    assert not gap[len(gap) // 3 : 2 * len(gap) // 3].any()
    assert gap[: len(gap) // 3].any()
    assert (inputs.wav("clipped", 16000, 1).abs() == 1).float().mean() > 0.1


# ── resample ──


@pytest.mark.parametrize("hertz", [100, 1000, 4000])
@pytest.mark.parametrize(("source", "target"), [(16000, 24000), (24000, 16000), (44100, 24000)])
def test_resampling_keeps_a_tone(hertz: int, source: int, target: int) -> None:
    found, expected = resample.resample(tone(hertz, source, 0.5), source, target), tone(hertz, target, 0.5)
    assert found.shape == expected.shape
    # Filters of six zero crossings ripple by less than this up to half the lower Nyquist.
    torch.testing.assert_close(found[:, 200:-200], expected[:, 200:-200], rtol=0, atol=3e-3)


def test_what_lies_above_the_new_nyquist_is_gone() -> None:
    assert resample.resample(tone(11000, 48000, 0.2), 48000, 16000)[:, 100:-100].abs().max() < 0.01


def test_a_long_wav_loses_a_fraction_to_float32() -> None:
    # 240_854 · 80/147 = 131_077.0068, where neighbours in float32 are 1/64 apart.
    assert resample.new_length(240_853, 80, 147) == 131_077
    assert resample.new_length(240_854, 80, 147) == 131_077
    assert resample.new_length(240_855, 80, 147) == 131_078


@given(st.integers(1, 5000), st.sampled_from([16000, 22050, 32000, 44100, 48000, 96000]))
def test_every_length_and_rate_works(length: int, rate: int) -> None:
    found = resample.resample(torch.ones(1, length), rate, 24000)
    assert found.shape == (1, math.ceil(length * 24000 / rate))
    assert found.dtype == torch.float32


# ── mels ──


def test_mel_filters_equal_librosa() -> None:
    # librosa 0.11: librosa.filters.mel(sr=24000, n_fft=1920, n_mels=80, fmin=0, fmax=None)
    some = mel_filters.mel_filters(24000, 1920, 80)[[0, 40, 79]]
    assert some.argmax(dim=1).tolist() == [3, 169, 919]
    assert (some > 0).sum(dim=1).tolist() == [6, 15, 79]
    assert torch.equal(some.amax(dim=1), torch.tensor([0.02116453, 0.010728232, 0.0019930308]))


def test_mel_of_silence_is_the_smallest_value() -> None:
    assert torch.equal(mel24k.mel24k(torch.zeros(1, 4800)), torch.full((1, 80, 10), 1e-5).log())


@pytest.mark.parametrize("amplitude", [1.0, 2e-6])
def test_mel_of_a_tone(amplitude: float) -> None:
    # A sine on bin 80 (1 kHz) has a·N/4 there under a Hann window, half of that beside it; every bin is then raised
    # by 1e-9 in its square, which tells for the quiet one.
    found = mel24k.mel24k(tone(1000, 24000, 1.0, amplitude))[0]
    spectrum = torch.zeros(961)
    spectrum[79], spectrum[80], spectrum[81] = 240.0, 480.0, 240.0
    filters = mel_filters.mel_filters(24000, 1920, 80)
    band = int(filters[:, 80].argmax())
    expected = (filters @ ((amplitude * spectrum).square() + 1e-9).sqrt())[band].log()
    torch.testing.assert_close(found[band, 25], expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("shift", [0, 240])
def test_mel_frames_begin_720_before_the_wav(shift: int) -> None:
    # A click at 480·k + 240 lies in the middle of frame k: frame k covers 480·k − 720 … 480·k + 1200.
    click = torch.zeros(1, 9600)
    click[0, 4800 + shift] = 1.0
    loudness = mel24k.mel24k(click)[0].mean(dim=0)
    assert int(loudness.argmax()) == (10 if shift else int(loudness[9:11].argmax()) + 9)
    assert (loudness > -8).sum() == (3 if shift else 4)


def test_whisper_mel_of_silence_is_the_smallest_value() -> None:
    found = whisper_mel.whisper_mel(torch.zeros(1, 1600))
    torch.testing.assert_close(found, torch.full((1, 128, 10), -1.5))


def test_whisper_mel_of_a_tone_and_two_below_it() -> None:
    found = whisper_mel.whisper_mel(tone(2000, 16000, 0.5))[0, :, 20]
    power = torch.zeros(201)
    power[49], power[50], power[51] = 2500.0, 10000.0, 2500.0
    logs = (mel_filters.mel_filters(16000, 400, 128) @ power).clamp(min=1e-10).log10()
    loud = logs > -3
    torch.testing.assert_close(found[loud], (logs[loud] + 4) / 4, rtol=0, atol=1e-4)
    assert found.max() - found.min() == pytest.approx(2.0, abs=0.02)


@given(st.integers(201, 4000))
def test_whisper_mel_has_a_frame_for_every_160_samples(length: int) -> None:
    assert whisper_mel.whisper_mel(torch.ones(1, length)).shape == (1, 128, length // 160)


# ── fbank ──


def test_each_band_of_fbank_has_mean_zero() -> None:
    found = fbank.fbank(inputs.wav("arctic", 16000, 1))
    assert found.mean(dim=1).abs().max() < 1e-5


def test_fbank_knows_neither_loudness_nor_offset() -> None:
    wav = inputs.wav("noise", 16000, 1)
    torch.testing.assert_close(fbank.fbank(0.3 * wav + 0.2), fbank.fbank(wav), rtol=0, atol=1e-3)


def test_the_povey_window_is_symmetric_and_broad() -> None:
    window = fbank.povey_window(400)
    torch.testing.assert_close(window, window.flip(0), rtol=0, atol=1e-6)
    assert float(window[100]) == pytest.approx((0.5 - 0.5 * math.cos(math.tau * 100 / 399)) ** 0.85, abs=1e-6)


@given(st.integers(400, 4000))
def test_fbank_frames_are_not_padded(length: int) -> None:
    assert fbank.fbank(torch.ones(1, length)).shape == (1, 1 + (length - 400) // 160, 80)

"""What is drawn of a sound, and what is done to it before it is heard."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sounds import RATE, speech

from workbench.audio.level import amplified, boost, loudness, match
from workbench.audio.pictures import LEVELS, decibel_map, difference_shades, envelope, shades
from workbench.audio.spectra import magnitudes, mel_filters


@given(arrays(np.float32, st.integers(1, 500), elements=st.floats(-1, 1, width=32)), st.integers(1, 90))
@settings(max_examples=80, deadline=None)
def test_an_envelope_loses_no_extreme(samples: np.ndarray, columns: int) -> None:
    low, high = envelope(samples, columns)
    assert (len(low), len(high)) == (columns, columns) and np.all(low <= high)
    assert low.min() == samples.min() and high.max() == samples.max()


def test_a_tone_lies_in_its_band_and_its_column() -> None:
    time = np.arange(RATE) / RATE
    tone = np.where(time < 0.5, np.sin(2 * np.pi * 1000 * time), 0.0)
    found = decibel_map(tone, RATE, 40, 32)
    assert found.shape == (32, 40)
    centres = np.array([np.argmax(row) for row in mel_filters(RATE, 1024, 32)]) * RATE / 1024
    assert abs(centres[int(np.argmax(found[:, 10]))] - 1000) < 80
    assert found[:, 10].max() == pytest.approx(0, abs=3) and found[:, 30].max() < -100


def test_every_band_shows_a_tone_at_its_centre_also_where_it_is_narrower_than_a_bin() -> None:
    for hertz in (30, 60, 100, 150, 4000, 11_000):
        tone = np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)
        assert decibel_map(tone, RATE, 10, 80).max() > -6


def test_shades_run_from_nothing_to_the_strongest() -> None:
    found = shades(np.array([[-200.0, -80.0, -40.0, 0.0, 10.0]]), 0.0)
    assert found.tolist() == [[0, 0, round((LEVELS - 1) / 2), LEVELS - 1, LEVELS - 1]]
    a, b = np.array([[-100.0, -20.0, -30.0]]), np.array([[-150.0, -20.0, -10.0]])
    assert difference_shades(a, b, 0.0).tolist() == [[0, 0, LEVELS - 1]]


@given(st.integers(0, 3000), st.sampled_from([(256, 64), (1024, 256)]))
@settings(max_examples=30, deadline=None)
def test_a_spectrum_has_the_energy_of_its_windowed_frame(frames: int, form: tuple[int, int]) -> None:
    size, hop = form
    samples = np.random.default_rng(frames).standard_normal(frames)
    found = magnitudes(samples, size, hop)
    assert found.shape == (max(-(-frames // hop), 1), size // 2 + 1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    first = np.pad(samples, (size // 2, size))[:size] * window
    twice = np.full(size // 2 + 1, 2.0)
    twice[[0, -1]] = 1.0
    assert np.sum(twice * found[0] ** 2) == pytest.approx(size * np.sum(first**2), rel=1e-9, abs=1e-12)


def test_the_louder_of_two_is_attenuated() -> None:
    voice = speech().astype(np.float32)
    a, b = match(voice, (voice * 0.5).astype(np.float32), RATE)
    assert a == pytest.approx(20 * math.log10(0.5), abs=0.01) and b == 0
    assert match(voice, voice, RATE) == (0, 0) and match(voice, voice * 0, RATE) == (0, 0)


def test_what_is_shorter_than_a_loudness_block_has_an_rms() -> None:
    short = np.full(RATE // 4, 0.1, np.float32)
    assert loudness(short, RATE) == pytest.approx(-20, abs=1e-5)
    assert loudness(short * 0, RATE) == -math.inf


@given(st.floats(1e-9, 0.9))
@settings(max_examples=40, deadline=None)
def test_a_difference_is_boosted_to_20_dB_below_full_scale_by_60_dB_at_most(peak: float) -> None:
    quiet = np.array([0.0, -peak, peak / 2], np.float32)
    decibels = boost(quiet)
    assert 0 <= decibels <= 60
    if 1e-4 < peak < 0.1:
        assert float(np.max(np.abs(amplified(quiet, decibels)))) == pytest.approx(0.1, rel=1e-5)


@given(arrays(np.float32, 20, elements=st.floats(-1, 1, width=32)), st.floats(0, 60))
@settings(max_examples=40, deadline=None)
def test_the_limiter_keeps_what_is_quiet_and_lets_nothing_past_full_scale(samples: np.ndarray, gain: float) -> None:
    loud = samples.astype(np.float64) * 10 ** (gain / 20)
    limited = amplified(samples, gain)
    assert np.max(np.abs(limited)) <= 1 and np.all(np.sign(limited) * np.sign(loud) >= 0)
    quiet = np.abs(loud) <= 0.5
    assert np.allclose(limited[quiet], loud[quiet], rtol=1e-6, atol=1e-30)

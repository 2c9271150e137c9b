"""The numbers of two sounds against plain formulas, and what each of them says of each fault."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sounds import RATE, low_passed, other_phase, speech

from workbench.audio.align import lag, overlap
from workbench.audio.gates import difference, numbers
from workbench.audio.null import null
from workbench.audio.one import sound
from workbench.audio.shown import shown
from workbench.audio.windows import silenced, worst
from workbench.model.sound import UNBOUNDED, Difference

VOICE = speech()
SAMPLES = arrays(np.float64, st.integers(1, 300), elements=st.floats(-1, 1, width=32))


def diff(changed: np.ndarray) -> Difference:
    return difference(VOICE, changed, RATE)


def clicked() -> np.ndarray:
    changed = VOICE.copy()
    changed[30_000] += 0.5
    return changed


def dropped() -> np.ndarray:
    changed = VOICE.copy()
    changed[19_920:20_160] = 0.0
    return changed


def test_nothing_is_found_where_nothing_is_changed() -> None:
    found = diff(VOICE.copy())
    assert (found.snr, found.error, found.lag, found.dc, found.worst, found.silenced) == (UNBOUNDED, 0, 0, 0, 0, 0)
    assert found.gain == pytest.approx(1, abs=1e-12) and found.null > 250
    assert shown(VOICE, VOICE, RATE) == shown(VOICE, -VOICE, RATE)
    assert shown(VOICE, VOICE, RATE).mel == shown(VOICE, VOICE, RATE).log_spectral == 0


@pytest.mark.parametrize("late", [1, 240, -37])
def test_a_delay_ruins_the_snr_and_is_named_by_the_lag_alone(late: int) -> None:
    found = diff(np.roll(np.pad(VOICE, 400), late)[400:-400])
    assert found.snr < 25 and found.lag == pytest.approx(late, abs=0.02)
    assert found.gain == pytest.approx(1, abs=1e-9) and found.null > 100


def test_half_a_sample_is_found_as_well() -> None:
    spectrum = np.fft.rfft(VOICE) * np.exp(-1j * np.pi * np.fft.rfftfreq(len(VOICE)))
    found = diff(np.fft.irfft(spectrum, len(VOICE)))
    assert found.lag == pytest.approx(0.5, abs=0.02) and found.null > found.snr + 10


@pytest.mark.parametrize("decibels", [0.1, -3.0])
def test_a_gain_is_named_by_the_gain_alone(decibels: float) -> None:
    found = diff(VOICE * 10 ** (decibels / 20))
    assert 20 * math.log10(found.gain) == pytest.approx(decibels, abs=1e-9)
    assert found.lag == 0 and found.null > 250
    assert found.snr == pytest.approx(-20 * math.log10(abs(10 ** (decibels / 20) - 1)), abs=1e-6)


def test_a_flipped_polarity_is_a_negative_gain_though_every_spectrum_is_equal() -> None:
    found = diff(-VOICE)
    assert found.gain == pytest.approx(-1, abs=1e-12) and found.lag == 0 and found.null > 250
    assert found.snr == pytest.approx(-20 * math.log10(2))
    assert shown(VOICE, -VOICE, RATE).multi_resolution == 0


def test_a_mean_is_named_by_the_mean_alone() -> None:
    found = diff(VOICE + 1e-3)
    assert found.dc == pytest.approx(1e-3) and abs(found.lag) < 1e-3 and abs(found.gain - 1) < 1e-4
    assert found.error == pytest.approx(1e-3)


def test_a_click_is_in_the_worst_20_ms() -> None:
    found = diff(clicked())
    assert found.worst_at <= 30_000 < found.worst_at + 480
    assert found.worst == pytest.approx(0.5 / math.sqrt(480), rel=1e-9)
    assert found.worst > 9 * found.error, "the mean over all hides it"
    assert abs(found.lag) < 1e-3 and found.silenced == 0


def test_a_dropout_is_counted_in_blocks_of_5_ms() -> None:
    found = diff(dropped())
    assert found.silenced == 2 and 19_680 <= found.worst_at < 20_160


def test_a_lost_band_leaves_a_null_that_no_lag_explains() -> None:
    found = diff(low_passed(VOICE, 1500))
    assert 3 < found.null < 40 and shown(VOICE, low_passed(VOICE, 1500), RATE).mel > 0.2


def test_where_the_phase_is_another_a_null_means_nothing_and_the_mel_still_does() -> None:
    changed = other_phase(VOICE)
    assert diff(changed).null < 6
    noise = 0.1 * np.random.default_rng(3).standard_normal(len(VOICE))
    assert shown(VOICE, changed, RATE).mel < 0.5 * shown(VOICE, noise, RATE).mel


@pytest.mark.parametrize(("decibels", "within"), [(115, 0.1), (77, 0.1), (40, 0.1)])
def test_noise_is_the_same_before_and_after_it_is_aligned(decibels: int, within: float) -> None:
    noise = np.random.default_rng(4).standard_normal(len(VOICE))
    noise *= np.sqrt(np.mean(VOICE**2) / np.mean(noise**2)) * 10 ** (-decibels / 20)
    found = diff(VOICE + noise)
    assert found.snr == pytest.approx(decibels, abs=within) and found.null == pytest.approx(found.snr, abs=within)
    assert abs(found.lag) < 10 ** (-decibels / 20) * 10


def test_the_references_own_noise_is_taken_out_before_anything_is_compared() -> None:
    noise = 1e-3 * np.random.default_rng(5).standard_normal(len(VOICE))
    found = difference(VOICE + noise, VOICE, RATE, noise)
    assert found.error < 1e-15 and found.worst_noise == pytest.approx(worst(noise, RATE)[1])


def test_what_cannot_be_compared_has_facts_and_no_difference() -> None:
    broken = np.array([0.5, math.nan, -1.0, math.inf])
    assert sound(broken).nonfinite == 2 and sound(broken).clipped == 1 and sound(broken).peak == 1.0
    for port in (VOICE[:-1], np.where(np.arange(len(VOICE)) == 7, math.nan, VOICE), VOICE[:0]):
        assert numbers(VOICE, port, RATE).difference is None


@given(SAMPLES, st.integers(-40, 40), st.floats(0.1, 3), st.booleans())
@settings(max_examples=60, deadline=None)
def test_lag_and_gain_are_those_of_the_plain_sums(a: np.ndarray, late: int, gain: float, flipped: bool) -> None:
    a = a + np.random.default_rng(len(a)).standard_normal(len(a))
    factor = -gain if flipped else gain
    b = factor * np.concatenate([np.zeros(40 + late), a, np.zeros(40 - late)])
    a = np.concatenate([np.zeros(40), a, np.zeros(40)])
    plain = [
        float(np.dot(a[max(-k, 0) : len(a) - max(k, 0)], b[max(k, 0) : len(b) + min(k, 0)])) for k in range(-60, 61)
    ]
    assert round(lag(a, b)) == int(np.argmax(np.abs(plain))) - 60 == late
    found = null(a, b)
    assert round(found.lag) == late and found.gain == pytest.approx(factor, rel=0.3)
    whole = overlap(a, b, float(late))
    assert np.allclose(whole[0] * factor, whole[1])


@given(SAMPLES)
@settings(max_examples=60, deadline=None)
def test_facts_are_the_plain_sums(samples: np.ndarray) -> None:
    found = sound(samples)
    assert found.peak == max(abs(float(each)) for each in samples)
    assert found.rms == pytest.approx(math.sqrt(math.fsum(float(each) ** 2 for each in samples) / len(samples)))
    assert found.dc == pytest.approx(math.fsum(map(float, samples)) / len(samples), abs=1e-12)


@given(arrays(np.float64, st.integers(1, 400), elements=st.floats(-1, 1, width=32)))
@settings(max_examples=60, deadline=None)
def test_the_worst_window_is_the_worst_of_all_that_overlap_by_half(error: np.ndarray) -> None:
    rate, half = 1000, 10
    at, loudest = worst(error, rate)
    starts = range(0, max(len(error) - half, 1), half)
    plain = [math.sqrt(float(np.mean(error[start : start + 2 * half] ** 2))) for start in starts]
    assert loudest == pytest.approx(max(plain), abs=1e-12)
    assert math.sqrt(float(np.mean(error[at : at + 2 * half] ** 2))) == pytest.approx(loudest, abs=1e-12)


def test_blocks_are_silent_on_one_side_only() -> None:
    a, b = np.zeros(1000), np.zeros(1000)
    a[100:200], b[150:250] = 0.5, 0.5
    assert silenced(a, b, 10_000) == 2
    assert silenced(a * 1e-5, b * 0, 10_000) == 0, "both are silent below −80 dB"


@given(st.lists(st.floats(1e-6, 1e-2), min_size=2, max_size=5, unique=True))
@settings(max_examples=20, deadline=None)
def test_a_louder_noise_is_a_smaller_snr(levels: list[float]) -> None:
    noise = np.random.default_rng(6).standard_normal(len(VOICE))
    found = [diff(VOICE + level * noise).snr for level in sorted(levels)]
    assert all(quiet >= loud for quiet, loud in pairwise(found))

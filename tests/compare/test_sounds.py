"""Verdicts on the numbers of a sound: which of them speaks of which fault, and that noise alone makes none."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.audio.gates import numbers
from workbench.compare.floor import Noise
from workbench.compare.sounds import facets, verdict
from workbench.model.session import Factor
from workbench.model.verdict import Verdict

sys.path.insert(0, str(Path(__file__).parents[1] / "audio"))
from sounds import RATE, speech

VOICE = speech()
OWN = 1e-7 * np.random.default_rng(9).standard_normal(len(VOICE))
REFERENCE = VOICE + OWN
NOISE = Noise(
    rms=float(np.sqrt(np.mean(VOICE**2))), max=float(np.max(np.abs(VOICE))),
    noise_rms=float(np.sqrt(np.mean(OWN**2))), noise_max=float(np.max(np.abs(OWN))),
)  # fmt: skip


def wrong(port: np.ndarray) -> set[str]:
    found = numbers(REFERENCE, port, RATE, OWN)
    return {facet.name for facet in facets(found, NOISE, "f32", Factor()) if facet.over}


def clicked() -> np.ndarray:
    port = VOICE.copy()
    port[30_000] += 1e-3
    return port


def dropped() -> np.ndarray:
    port = VOICE.copy()
    port[20_000:20_240] = 0
    return port


FAULTS = {
    "nothing": (VOICE, set()),
    "as much noise as the reference has": (VOICE + np.roll(OWN, 7), set()),
    "one sample later": (np.roll(VOICE, 1), {"snr", "lag", "worst"}),
    "0.1 dB louder": (VOICE * 10**0.005, {"snr", "gain", "worst"}),
    "polarity": (-VOICE, {"snr", "gain", "worst"}),
    "a mean": (VOICE + 1e-4, {"snr", "dc", "worst"}),
    "a click": (clicked(), {"snr", "null", "worst"}),
    "a dropout": (dropped(), {"snr", "null", "worst", "silence"}),
    "silent": (VOICE * 0, {"silence"}),
    "clipped": (np.clip(VOICE * 2.5, -1, 1), {"snr", "gain", "null", "worst", "clipping"}),
    "shorter": (VOICE[:-1], {"form"}),
    "NaN": (np.where(np.arange(len(VOICE)) == 5, np.nan, VOICE), {"form"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named_by_its_own_numbers(fault: str) -> None:
    port, expected = FAULTS[fault]
    assert expected <= wrong(port)
    if not expected or expected == {"form"}:
        assert wrong(port) == expected


def test_what_explains_a_fault_wholly_leaves_no_null() -> None:
    for fault in ("0.1 dB louder", "polarity"):
        assert "null" not in wrong(FAULTS[fault][0])


@given(st.integers(0, 10_000), st.floats(0.1, 3.5))
@settings(max_examples=25, deadline=None)
def test_an_error_that_its_row_allows_makes_no_number_wrong_but_the_worst_window(seed: int, times: float) -> None:
    """Cauchy and Schwarz: what is within the factor as a whole is within it in every number of the whole."""
    error = np.random.default_rng(seed).standard_normal(len(VOICE))
    error *= times * NOISE.noise_rms / np.sqrt(np.mean(error**2))
    assert wrong(VOICE + error) <= {"worst"}


def test_a_number_inherits_what_its_row_inherits_and_proves_what_its_row_proves() -> None:
    found = {
        facet.name: facet for facet in facets(numbers(REFERENCE, np.roll(VOICE, 1), RATE, OWN), NOISE, "f32", Factor())
    }
    error, step = found["lag"].error, np.sqrt(np.mean(np.diff(VOICE) ** 2))
    assert error and error.times_rms == pytest.approx(error.rms / (NOISE.noise_rms / step), rel=1e-4)
    assert verdict(found["lag"], Verdict.FAIL, "")[0] is Verdict.FAIL
    assert "+1.00 samples" in verdict(found["lag"], Verdict.PASS, "")[1]
    assert verdict(found["lag"], Verdict.LIMITED, "inherited from x") == (Verdict.LIMITED, "inherited from x")
    assert verdict(found["lag"], Verdict.INCONCLUSIVE, "noise")[0] is Verdict.INCONCLUSIVE
    assert verdict(found["null"], Verdict.INCONCLUSIVE, "noise")[0] is Verdict.INCONCLUSIVE
    assert verdict(found["clipping"], Verdict.INCONCLUSIVE, "noise")[0] is Verdict.PASS
    assert verdict(found["gain"], Verdict.LIMITED, "inherited from x")[0] in (Verdict.PASS, Verdict.LIMITED)


def test_without_a_floor_only_what_is_counted_speaks() -> None:
    names = [facet.name for facet in facets(numbers(REFERENCE, -VOICE, RATE), None, "f32", Factor())]
    assert names == ["form", "clipping", "silence"]

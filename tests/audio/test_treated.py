"""What is heard of two signals, and that all that was done to them is said."""

import numpy as np
import pytest

from tests.audio.player.signals import RATE, chirp, tone
from workbench.audio.treated import Treatment, treated

A = chirp(2 * RATE)
RAW, LEVEL, ALIGN = Treatment(), Treatment(level=True), Treatment(align=True)


def test_at_first_both_are_as_they_came() -> None:
    b = tone(2 * RATE)
    heard = treated(A, b, RATE, RAW)
    np.testing.assert_array_equal(heard.sources[0], A)
    np.testing.assert_array_equal(heard.sources[1], b)
    assert heard.said == () and all(each.dtype == np.float32 for each in heard.sources)


def test_the_shorter_one_is_padded_and_that_is_said() -> None:
    heard = treated(A[: -RATE // 2], A, RATE, RAW)
    assert heard.said == ("A padded with 0.500 s of silence",)
    assert {len(each) for each in heard.sources} == {2 * RATE} and not heard.sources[0][-RATE // 2 :].any()


@pytest.mark.parametrize("late", [-301, -1, 1, 240])
def test_aligned_sounds_lie_on_the_first_ones_axis(late: int) -> None:
    gap = np.zeros(abs(late), np.float32)
    b = np.concatenate([gap, A[:-late]] if late > 0 else [A[-late:], gap])
    heard = treated(A, b, RATE, ALIGN)
    middle = slice(400, len(A) - 400)
    np.testing.assert_allclose(heard.sources[1][middle], A[middle], atol=1e-6)
    assert heard.said[0] == f"B moved by {-late:+.2f} samples ({-late / RATE * 1000:+.2f} ms)"
    assert not np.allclose(treated(A, b, RATE, RAW).sources[1][middle], A[middle], atol=1e-2)


def test_a_sound_that_lines_up_nowhere_stays_where_it_is() -> None:
    b = tone(2 * RATE)
    heard = treated(A, b, RATE, ALIGN)
    np.testing.assert_array_equal(heard.sources[1], b)
    assert heard.said == ("B is not moved: nothing in it lines up with A",)


def test_the_louder_one_is_made_as_loud_as_the_other() -> None:
    heard = treated(A, (A / 2).astype(np.float32), RATE, LEVEL)
    np.testing.assert_allclose(*heard.sources[:2], atol=1e-6)
    assert heard.said == ("A by -6.02 dB",)
    assert treated(A, A, RATE, LEVEL).said == ("levels are equal",)


def test_a_small_difference_is_boosted_by_what_is_said() -> None:
    b = A.copy()
    b[1000] += 1e-3
    heard = treated(A, b, RATE, RAW)
    assert heard.boost == pytest.approx(40, abs=0.01)
    assert heard.sources[2][1000] == pytest.approx(-0.1, rel=1e-3)
    assert not treated(A, A, RATE, RAW).sources[2].any()


def test_what_hurts_ears_is_taken_out_and_said() -> None:
    b = A.copy()
    b[:3], b[5] = 1e6, np.nan
    b[6] = -np.inf
    heard = treated(A, b, RATE, RAW)
    assert all(np.isfinite(each).all() and np.abs(each).max() <= 1 for each in heard.sources)
    assert heard.said == ("B: 3 samples clipped at ±1, 2 samples that are no number are silent",)

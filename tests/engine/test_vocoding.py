"""What a vocoder is fed with beside a mel of another length than its capture's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.vocoding import fitted, turned


@given(st.integers(2, 40), st.integers(1, 90), st.integers(1, 5))
def test_what_goes_with_the_length_is_repeated_or_cut(had: int, wanted: int, times: int) -> None:
    noise = np.arange(had * times, dtype=np.float32)[None]
    found = fitted(noise, had, wanted)
    assert found.shape[-1] == wanted * times
    assert all(found[0, index] == noise[0, index % noise.shape[1]] for index in range(found.shape[1]))


def test_what_has_another_length_stays() -> None:
    assert fitted(np.zeros((1, 9)), 40, 80).shape == (1, 9)
    assert fitted(np.array([1]), 40, 80).shape == (1,)


def test_frames_and_bands_are_turned_to_what_the_vocoder_takes() -> None:
    mel = np.arange(6.0).reshape(1, 2, 3)
    assert np.array_equal(turned(mel, (1, 3, 50)), np.swapaxes(mel, 1, 2))
    assert turned(mel, (1, 2, 50)) is mel and turned(mel, (1, 7, 50)) is mel

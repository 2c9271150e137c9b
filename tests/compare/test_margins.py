"""How sure the reference was where an integer goes the other way."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from workbench.compare.margins import widest_margin

LOGITS = np.array([[[1.0, 1.5, 0.0], [4.0, 3.75, 9.0], [2.0, 2.0, 2.0]]])
CHOSEN = LOGITS.argmax(-1)


def test_only_positions_that_differ_count() -> None:
    assert widest_margin(CHOSEN, CHOSEN, LOGITS) is None
    assert widest_margin(np.array([[0, 2, 0]]), CHOSEN, LOGITS) == 0.5
    assert widest_margin(np.array([[1, 2, 1]]), CHOSEN, LOGITS) == 0.0
    assert widest_margin(np.array([[0, 0, 1]]), CHOSEN, LOGITS) == 5.0


def test_what_is_no_choice_has_no_small_margin() -> None:
    assert widest_margin(CHOSEN[0], CHOSEN, LOGITS) is None
    assert widest_margin(CHOSEN, CHOSEN, LOGITS[0]) is None
    assert widest_margin(CHOSEN + 1, CHOSEN, LOGITS[..., :1]) == float("inf")
    assert widest_margin(CHOSEN + 1, CHOSEN, np.full_like(LOGITS, np.nan)) == float("inf")


@given(arrays.arrays(np.float32, (4, 7), elements=st.floats(-9, 9, width=32)))
def test_the_margin_is_that_of_sorting(logits: np.ndarray) -> None:
    chosen = logits.argmax(-1)
    ordered = np.sort(logits.astype(float), axis=-1)
    assert widest_margin(chosen + 1, chosen, logits) == np.max(ordered[:, -1] - ordered[:, -2])

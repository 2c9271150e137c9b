"""Layouts, both ways."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model.layout import axes, to_native, to_reference


@given(st.permutations("bthdw"), st.permutations("bthdw"))
def test_there_and_back_is_the_same_tensor(left: list[str], right: list[str]) -> None:
    pattern = f"{' '.join(left)} -> {' '.join(right)}"
    native = np.zeros(tuple("bthdw".index(name) + 1 for name in left))
    reference = native.transpose(to_reference(pattern))
    assert reference.shape == tuple("bthdw".index(name) + 1 for name in right)
    assert reference.transpose(to_native(pattern)).shape == native.shape


@pytest.mark.parametrize("pattern", ["", "b t", "b t -> b", "b b -> b b", "b (h d) -> b h d", "->"])
def test_what_is_no_permutation_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="is no layout"):
        axes(pattern)

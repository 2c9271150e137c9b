"""Element types and their names."""

import numpy as np

from workbench.native.dtypes import name_of


def test_numpy_types_have_names_and_foreign_ones_have_none():
    assert name_of(np.dtype(np.float16)) == "f16" and name_of(np.dtype(np.bool_)) == "bool"
    assert name_of(np.dtype(">f4")) is None and name_of(np.dtype("U3")) is None and name_of(np.dtype(complex)) is None

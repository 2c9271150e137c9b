"""Element types and the ways between them."""

import itertools

import numpy as np

from workbench.native.dtypes import DIRECT, FLOATS, NUMPY, common, convert, name_of, same_class


def test_bfloat16_is_rounded_to_nearest_even():
    ulp = 2.0**-7
    values = [1.0, 1 + ulp / 2, 1 + ulp, 1 + 1.5 * ulp, 1 + 0.51 * ulp, -2.0, 0.0, np.inf, -np.inf, np.nan, 3.4e38]
    bits = convert(np.array(values, np.float32), "f32", "bf16")
    assert bits.dtype == np.uint16
    expected = [0x3F80, 0x3F80, 0x3F81, 0x3F82, 0x3F81, 0xC000, 0, 0x7F80, 0xFF80, 0x7FC0, 0x7F80]
    assert [hex(value) for value in bits.tolist()] == [hex(value) for value in expected]
    back = convert(bits, "bf16", "f32")
    assert back[:6].tolist() == [1.0, 1.0, 1 + ulp, 1 + 2 * ulp, 1 + ulp, -2.0] and np.isnan(back[9])


def test_the_common_type_holds_both_exactly():
    for left, right in itertools.product(NUMPY, NUMPY):
        if same_class(left, right):
            to = common(left, right)
            assert to in DIRECT and same_class(to, left)
            assert holds(left, to) and holds(right, to)


def holds(dtype: str, to: str) -> bool:
    """Whether small numbers of `dtype` go through `to` unharmed; bool has only two."""
    class_of = "f64" if dtype in FLOATS else "i64"
    some = convert(np.array([0, 1, 3], NUMPY[class_of]), class_of, dtype)
    return convert(convert(some, dtype, to), to, class_of).tolist() == [0, 1, 1 if dtype == "bool" else 3]


def test_numpy_types_have_names_and_foreign_ones_have_none():
    assert name_of(np.dtype(np.float16)) == "f16" and name_of(np.dtype(np.bool_)) == "bool"
    assert name_of(np.dtype(">f4")) is None and name_of(np.dtype("U3")) is None and name_of(np.dtype(complex)) is None

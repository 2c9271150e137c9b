"""Numbers as text that can be given back."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.report.numbers import tolerance


@given(st.floats(1e-300, 1e14))
def test_a_tolerance_is_the_next_two_digits_above(value: float) -> None:
    assert value <= float(tolerance(value)) <= 1.1 * value


def test_exact_tolerances_stay() -> None:
    assert [tolerance(value) for value in (0.0, 0.25, 1.0, 1e99)] == ["0.0e+00", "2.5e-01", "1.0e+00", "∞"]

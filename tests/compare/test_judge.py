"""Each rule of a verdict, by a case that would pass without it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.compare.changes import Before, change, compared_with, following
from workbench.compare.floor import UNBOUNDED, Noise, in_floors
from workbench.compare.judge import Choice, Evidence, judge
from workbench.model.row import Change, Error, Row
from workbench.model.session import Factor
from workbench.model.verdict import Verdict

FACTOR = Factor()
UNIT = Noise(rms=1.0, max=4.0, noise_rms=1e-7, noise_max=4e-7)


def error(times: float, largest: float = 0.0) -> Error:
    return in_floors(times * 1e-7, largest * 4e-7, UNIT, "f32")


def verdict(**evidence: object) -> Verdict:
    return judge(Evidence(**evidence), FACTOR)[0]  # type: ignore[arg-type]


def test_both_columns_within_the_factor_pass() -> None:
    assert verdict(local=error(3.9, 7.9), accumulated=error(3.9, 7.9)) is Verdict.PASS


@pytest.mark.parametrize("column", ["local", "accumulated"])
@pytest.mark.parametrize("bad", [error(4.1), error(1.0, 8.1)])
def test_a_column_over_the_factor_fails(column: str, bad: Error) -> None:
    good = {"local": error(1), "accumulated": error(1)}
    assert verdict(**{**good, column: bad}) is Verdict.FAIL


def test_an_inherited_error_is_limited_only_with_something_to_inherit_from() -> None:
    assert verdict(local=error(1), accumulated=error(300), upstream="a") is Verdict.LIMITED
    assert verdict(local=error(1), accumulated=error(300)) is Verdict.FAIL
    assert verdict(local=error(9), accumulated=error(300), upstream="a") is Verdict.FAIL


def test_what_cannot_be_compared_fails_whatever_the_numbers_say() -> None:
    assert verdict(local=error(1), problem="shape 1×2, the reference has 2×1") is Verdict.FAIL
    assert verdict(local=error(1), nonfinite=1) is Verdict.FAIL


def test_a_reference_that_proves_nothing_is_inconclusive() -> None:
    assert verdict(local=error(0), accumulated=error(0), spread=False) is Verdict.INCONCLUSIVE
    assert verdict(local=error(0), accumulated=error(0), trustworthy=False) is Verdict.INCONCLUSIVE
    assert verdict(floor_missing="no float64") is Verdict.INCONCLUSIVE


def test_a_module_whose_rows_agree_is_wrong_in_what_joins_them() -> None:
    verdict, reason = judge(Evidence(local=error(9.0), accumulated=error(9.0), agreeing=3), FACTOR)
    assert verdict is Verdict.FAIL and reason.endswith("the 3 rows within it agree, so the fault is in what joins them")
    assert "agree" not in judge(Evidence(local=error(9.0), accumulated=error(9.0)), FACTOR)[1]


def test_integers_compare_exactly() -> None:
    assert verdict(exact=True) is Verdict.PASS
    assert verdict(exact=True, differing=1) is Verdict.FAIL


def test_noise_over_a_thousandth_is_not_trusted() -> None:
    assert Noise(1.0, 4.0, 0.9e-3, 1e-3).trustworthy
    assert not Noise(1.0, 4.0, 1.1e-3, 2e-3).trustworthy


positive = st.floats(1e-30, 1e30)


@given(positive, positive, positive)
def test_the_floor_is_never_below_the_rounding_of_the_dtype(rms: float, noise: float, err: float) -> None:
    floor = Noise(rms, 4 * rms, noise, 4 * noise)
    assert floor.floor_rms("f32") == max(noise, 2.0**-24 * rms)
    assert floor.floor_rms("bf16") >= 2.0**-8 * rms
    column = in_floors(err, err, floor, "f32")
    assert column.times_rms == pytest.approx(err / floor.floor_rms("f32"))
    assert math.isfinite(column.times_max)


def test_an_error_over_a_floor_of_zero_is_unbounded_but_finite() -> None:
    silent = Noise(0.0, 0.0, 0.0, 0.0)
    assert in_floors(0.0, 0.0, silent, "f32").times_rms == 0.0
    assert in_floors(1e-9, 1e-9, silent, "f32").times_rms == UNBOUNDED


def row(verdict: Verdict, times: float) -> Row:
    return Row(
        stage="s",
        input="i",
        name="n",
        order=0,
        kind="tap",
        dtype="f32",
        shape=(1,),
        verdict=verdict,
        local=error(times),
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, row(Verdict.PASS, 1), Change.NEW),
        (Before(Verdict.FAIL, 500), row(Verdict.PASS, 1), Change.FIXED),
        (Before(Verdict.PASS, 1), row(Verdict.FAIL, 500), Change.BROKEN),
        (Before(Verdict.LIMITED, 1), row(Verdict.FAIL, 500), Change.BROKEN),
        (Before(Verdict.FAIL, 10), row(Verdict.FAIL, 500), Change.WORSE),
        (Before(Verdict.FAIL, 500), row(Verdict.FAIL, 10), Change.BETTER),
        (Before(Verdict.PASS, 1.0), row(Verdict.LIMITED, 300), Change.WORSE),
        (Before(Verdict.PASS, 1.5), row(Verdict.PASS, 1.6), Change.NONE),
        (Before(Verdict.PASS, 0.1), row(Verdict.PASS, 0.9), Change.NONE),
    ],
)
def test_what_a_save_did_to_a_row(before: Before | None, after: Row, expected: Change) -> None:
    assert change(before, after) is expected


def test_news_of_a_row_last_until_another_build_is_checked() -> None:
    def checked(before: Before | None, row: Row, build: str) -> tuple[Change, Before]:
        return change(compared_with(before, row, build), row), following(before, row, build)

    good, bad = row(Verdict.PASS, 1), row(Verdict.FAIL, 500)
    news, past = checked(Before(Verdict.FAIL, 500), good, "a")
    assert news is Change.FIXED
    news, past = checked(past, good, "a")
    assert news is Change.FIXED, "the same build, looked at once more"
    assert checked(past, bad, "a")[0] is Change.BROKEN, "the same build, with another verdict"
    assert checked(past, good, "b")[0] is Change.NONE
    first = checked(None, good, "a")[1]
    assert checked(first, good, "a")[0] is Change.NONE


def test_a_parameter_that_was_never_read_fails_though_the_numbers_agree() -> None:
    verdict, reason = judge(Evidence(local=error(1), accumulated=error(1), unread=("bias",)), FACTOR)
    assert verdict is Verdict.FAIL and "never read `bias`" in reason


def test_sides_that_agree_on_an_implausible_tensor_are_inconclusive() -> None:
    verdict, reason = judge(Evidence(local=error(1), accumulated=error(1), implausible="input: `x` is off"), FACTOR)
    assert verdict is Verdict.INCONCLUSIVE and reason == "both sides agree, on an implausible input: `x` is off"
    assert judge(Evidence(local=error(9), implausible="input"), FACTOR)[0] is Verdict.FAIL


def test_a_row_that_passes_by_a_declared_factor_says_so() -> None:
    wide = Factor(rms=9.0, max=9.0, reason="another order")
    assert judge(Evidence(local=error(6)), wide) == (
        Verdict.PASS,
        "passes by the declared factor of 9 (max 9): another order",
    )
    assert judge(Evidence(local=error(3)), wide) == (Verdict.PASS, "")


def test_a_differing_integer_is_limited_only_where_the_reference_hardly_chose() -> None:
    hardly, surely = (Choice("logits", margin, 1e-6) for margin in (9e-7, 1e-6))
    verdict, reason = judge(Evidence(exact=True, differing=2, margin=hardly), FACTOR)
    assert verdict is Verdict.LIMITED
    assert reason.startswith("2 elements differ, where the reference's top-two margin in `logits` is at most 9.0e-07")
    assert judge(Evidence(exact=True, differing=2, margin=surely), FACTOR)[0] is Verdict.FAIL
    assert judge(Evidence(exact=True, margin=surely), FACTOR)[0] is Verdict.PASS


def test_what_the_reference_drew_by_itself_makes_a_difference_prove_nothing() -> None:
    off = {"local": error(9), "accumulated": error(9), "undrawn": "the reference draws `randn` at a.py:3"}
    assert judge(Evidence(**off), FACTOR) == (Verdict.INCONCLUSIVE, "the reference draws `randn` at a.py:3")  # type: ignore[arg-type]
    assert verdict(**{**off, "problem": "shape 1×2, the reference has 2×1"}) is Verdict.FAIL
    assert verdict(**{**off, "local": error(1), "accumulated": error(1)}) is Verdict.PASS
    assert verdict(**{**off, "local": error(1), "upstream": "a"}) is Verdict.INCONCLUSIVE

"""What has to hold of an output: each rule by a tensor that breaks it, against its formula in plain Python."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.compare.invariants import tolerance, violation
from workbench.compare.judge import Evidence, Invariance, judge
from workbench.model.row import Error
from workbench.model.session import Factor, Invariant
from workbench.model.verdict import Verdict

SQUARE = arrays(np.float32, (4, 4), elements=st.floats(-8, 8, width=32))


def rule(name: str, **more: object) -> Invariant:
    return Invariant(of="y", rule=name, **more)  # type: ignore[arg-type]


@given(SQUARE)
def test_each_rule_is_its_formula(values: np.ndarray) -> None:
    rows = [[float(value) for value in row] for row in values]
    around = range(4)
    assert violation(rule("zero diagonal"), values) == max(abs(rows[i][i]) for i in around)
    assert violation(rule("symmetric"), values) == max(abs(rows[i][j] - rows[j][i]) for i in around for j in around)
    beyond = max(max(-1 - value, value - 2, 0.0) for row in rows for value in row)
    assert violation(rule("within", range=(-1, 2)), values) == beyond
    norms = [math.sqrt(sum(value * value for value in row)) for row in rows]
    assert violation(rule("unit norm"), values) == pytest.approx(max(abs(norm - 1) for norm in norms))
    sums = [sum(rows[i][j] for i in around) for j in around]
    assert violation(rule("sums to one", axis=0), values) == pytest.approx(max(abs(each - 1) for each in sums))


@pytest.mark.parametrize("name", ["zero diagonal", "symmetric", "within", "unit norm", "sums to one"])
def test_what_cannot_be_judged_breaks_an_invariant(name: str) -> None:
    asked = rule(name, range=(0, 1))
    assert violation(asked, np.full((2, 2), np.nan, np.float32)) == math.inf
    assert violation(rule("zero diagonal"), np.zeros((2, 3))) == math.inf
    assert violation(rule("unit norm", axis=2), np.zeros((2, 3))) == math.inf


def test_the_tolerance_is_in_roundings_of_the_reference_unless_declared() -> None:
    assert tolerance(rule("symmetric"), np.float32([[0, 100]])) == 16 * 2**-24 * 100
    assert tolerance(rule("symmetric", tolerance=0.5), np.float32([[0, 100]])) == 0.5


GOOD, WRONG = Error(1e-7, 1e-7, 1e-7, 1.0, 1.0), Error(1e-2, 1e-2, 1e-2, 1e5, 1e5)


def judged(column: Error, port: float, reference: float) -> tuple[Verdict, str]:
    held = Invariance("d(x, x) = 0", port, reference, 1e-6)
    return judge(Evidence(local=column, accumulated=column, invariants=(held,)), Factor())


def test_the_side_that_breaks_it_is_named() -> None:
    assert judged(GOOD, 1e-7, 1e-7) == (Verdict.PASS, "")
    assert judged(WRONG, 1e-7, 1e-7)[0] is Verdict.FAIL
    for column in (GOOD, WRONG):
        verdict, reason = judged(column, 0.215, 1e-7)
        assert (verdict, reason) == (Verdict.FAIL, "the port breaks `d(x, x) = 0` by 0.215, the reference does not")
        verdict, reason = judged(column, 1e-7, 0.325)
        assert verdict is Verdict.INCONCLUSIVE
        assert reason == "the reference breaks `d(x, x) = 0` by 0.325, the port does not"
    assert judged(GOOD, 0.2, 0.2)[0] is Verdict.INCONCLUSIVE and judged(WRONG, 0.2, 0.2)[0] is Verdict.FAIL
    held = (Invariance("d(x, x) = 0", 1e-7, 0.3, 1e-6),)
    assert judge(Evidence(local=GOOD, nonfinite=1, invariants=held), Factor())[0] is Verdict.FAIL

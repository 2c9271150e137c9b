"""ABX: fixed trials, a hidden score, the odds of guessing, and a log that can be doubted."""

import json
from fractions import Fraction
from hashlib import sha256
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.audio.abx import Abx, chance
from workbench.audio.abx_log import Conditions, Record
from workbench.model.errors import WorkbenchError
from workbench.model.listening import Pair, Signal


def listened(run: Abx, right: int) -> Abx:
    """Answer every trial, the first `right` of them as they are."""
    while not run.over:
        run.answer(run.x if run.trial <= right else 1 - run.x)
    return run


@pytest.mark.parametrize(
    ("correct", "trials", "p"), [(5, 5, 0.031), (9, 10, 0.011), (8, 10, 0.055), (12, 16, 0.038), (15, 20, 0.021)]
)
def test_the_odds_are_those_of_the_tables(correct: int, trials: int, p: float) -> None:
    assert round(chance(correct, trials), 3) == p


@given(st.integers(1, 10), st.data())
def test_the_odds_are_counted(trials: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, trials))
    passing = sum(sum(guesses) >= correct for guesses in product((0, 1), repeat=trials))
    assert chance(correct, trials) == Fraction(passing, 2**trials)


def test_twelve_of_sixteen_pass_and_eleven_do_not() -> None:
    passed, failed = listened(Abx(), 12).outcome(), listened(Abx(), 11).outcome()
    assert passed.distinguished and passed.sentence.startswith("distinguished: 12 of 16, p = 0.038")
    assert not failed.distinguished and failed.sentence.startswith("not distinguished: 11 of 16, p = 0.105")
    assert "identical" not in passed.sentence + failed.sentence


def test_the_score_is_hidden_until_the_end() -> None:
    run = Abx(trials=2, needed=2)
    run.answer(run.x)
    with pytest.raises(WorkbenchError, match="hidden"):
        run.outcome()
    run.answer(run.x)
    assert run.outcome().correct == 2
    with pytest.raises(WorkbenchError, match="over"):
        run.answer(0)


def test_the_seed_tells_what_was_drawn() -> None:
    first = listened(Abx(), 16).outcome()
    again = listened(Abx(seed=first.seed), 0).outcome()
    assert first.drawn == again.drawn and len(first.drawn) == 16
    assert {0, 1} == {Abx(seed=seed).x for seed in range(20)}
    assert Abx()._seed != Abx()._seed


def test_x_is_either_as_often() -> None:
    drawn = [x for seed in range(200) for x in listened(Abx(seed=seed), 16).outcome().drawn]
    assert abs(sum(drawn) / len(drawn) - 0.5) < 0.03


def test_a_void_trial_is_drawn_again_and_does_not_count() -> None:
    run = Abx(trials=3, needed=3, seed=7)
    run.answer(1 - run.x, void="2 underflows")
    assert run.trial == 1
    outcome = listened(run, 3).outcome()
    assert (outcome.correct, outcome.counted, len(outcome.drawn)) == (3, 3, 4) and outcome.distinguished


def test_a_run_that_is_given_up_proves_nothing() -> None:
    run = Abx(trials=16, needed=12)
    for _ in range(13):
        run.answer(run.x)
    run.abort()
    outcome = run.outcome()
    assert outcome.aborted and not outcome.distinguished and "given up after 13 of 16" in outcome.sentence


def test_the_log_has_what_a_doubter_asks_for(tmp_path: Path) -> None:
    a, b = np.float32([0.5, -0.25]), np.float32([0.5, 0.25])
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", b)
    pair = Pair(Signal("reference", tmp_path / "a.npy", 24000), Signal("build 3f", tmp_path / "b.npy", 24000, "note"))
    record, run, log = (
        Record(tmp_path / "abx" / "1.json", pair, "then"),
        Abx(trials=2, needed=2),
        tmp_path / "abx/1.json",
    )
    run.answer(0)
    record.write(run, Conditions(("B by -1.2 dB",), loop=(0, 2), device="pulse", latency=0.1, underflows=1))
    broken_off = json.loads(log.read_text())
    assert broken_off["outcome"] is None and len(broken_off["answers"]) == 1
    assert str(run._seed) not in log.read_text(), "a run that goes on keeps its secret"
    run.abort()
    record.write(run, Conditions())
    left = json.loads(log.read_text())
    assert left["outcome"]["aborted"] and left["outcome"]["seed"] and "given up" in left["finding"]
    assert left["sha256"] == [sha256(each.tobytes()).hexdigest() for each in (a, b)]
    assert broken_off["conditions"] == {
        "applied": ["B by -1.2 dB"], "loop": [0, 2], "device": "pulse", "latency": 0.1, "underflows": 1
    }  # fmt: skip
    assert (left["names"], left["trials"], left["rate"]) == (["reference", "build 3f"], 2, 24000)


@pytest.mark.parametrize(("trials", "needed"), [(0, 0), (4, 5), (4, 0)])
def test_a_run_that_cannot_be_passed_or_failed_is_refused(trials: int, needed: int) -> None:
    with pytest.raises(WorkbenchError):
        Abx(trials, needed)

"""The history keeps every check and gives back what a row was before."""

from pathlib import Path

from workbench.history.store import SPARK, History
from workbench.model.row import Row
from workbench.model.verdict import Verdict
from workbench.report.numbers import spark


def row(name: str, verdict: Verdict) -> Row:
    return Row(stage="s", input="i", name=name, order=0, kind="tap", dtype="f32", shape=(1,), verdict=verdict)


def test_a_row_gets_back_its_last_verdict_and_its_past(tmp_path: Path) -> None:
    history = History(tmp_path / "new" / "history.sqlite", "cosy", "small")
    assert history.latest() == {}
    history.append("a", 1, 1.0, Verdict.PASS, [row("x", Verdict.PASS)])
    history.append("b", 2, 2.0, Verdict.FAIL, [row("x", Verdict.INCONCLUSIVE), row("y", Verdict.PASS)])
    assert history.latest() == {
        ("s", "i", "x"): (Verdict.INCONCLUSIVE, (0.0, 0.0)),
        ("s", "i", "y"): (Verdict.PASS, (0.0,)),
    }
    assert history.last_passing_build() == "a"


def test_a_row_that_could_not_be_compared_has_a_past_that_can_be_drawn(tmp_path: Path) -> None:
    history = History(tmp_path / "history.sqlite", "cosy", "small")
    history.append("a", 1, 1.0, Verdict.FAIL, [row("x", Verdict.FAIL)])
    past = history.latest()["s", "i", "x"][1]
    assert past == (1e99,) and spark((*past, float("inf"), 0.0, 2.0), 4) == "██▁▁"


def test_sessions_and_sizes_do_not_see_each_other(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    History(path, "cosy", "small").append("a", 1, 1.0, Verdict.PASS, [row("x", Verdict.PASS)])
    assert History(path, "cosy", "full").latest() == {}
    assert History(path, "other", "small").last_passing_build() is None


def test_only_the_last_checks_are_read(tmp_path: Path) -> None:
    history = History(tmp_path / "history.sqlite", "cosy", "small")
    for number in range(SPARK + 5):
        history.append("a", number, float(number), Verdict.PASS, [row("x", Verdict.PASS)])
    assert len(history.latest()["s", "i", "x"][1]) == SPARK


def test_a_file_deleted_between_two_checks_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    history = History(path, "cosy", "small")
    history.append("a", 1, 1.0, Verdict.PASS, [row("x", Verdict.PASS)])
    for file in tmp_path.iterdir():
        file.unlink()
    history.append("b", 2, 2.0, Verdict.PASS, [row("x", Verdict.PASS)])
    assert history.last_passing_build() == "b"

"""The project's own tests beside the stages, and what runs once everything passes."""

from tests.cli.driving import run
from tests.outsiders.conftest import Project
from workbench.model import events as ev
from workbench.model.row import Change
from workbench.model.verdict import Verdict

TESTS = """\
import ctypes
import os
import pytest

LIBRARY = ctypes.CDLL(os.environ["WORKBENCH_ARTIFACT"])


def test_it_has_a_block():
    assert LIBRARY.block


@pytest.mark.xfail(reason="WIP")
def test_it_has_an_answer():
    assert hasattr(LIBRARY, "answer"), "no answer yet"


@pytest.mark.skip(reason="needs a GPU")
def test_cuda():
    raise AssertionError
"""
ANSWER = '\n#[unsafe(no_mangle)]\npub extern "C" fn answer() -> i32 {\n    41\n}\n'
TABLES = """
[tests.parity]
pytest = ["../../tests"]

[tests.speed]
command = ["sh", "-c", "echo speed=1; echo speed=1,234.5"]
figure = 'speed=([0-9.,]+)'
unit = "q/s"

[after_green.gold]
command = ["sh", "-c", "cat ../../figure.txt"]
figure = 'throughput=(\\S+)'
unit = "q/s"
"""


def test_an_expected_failure_that_begins_to_pass_is_news(project: Project) -> None:
    (project.root / "tests").mkdir()
    (project.root / "tests" / "test_parity.py").write_text(TESTS)
    (project.root / "figure.txt").write_text("throughput=1000\n")
    project.declare(TABLES)
    checked = project.check()
    rows = checked.rows("parity", "build")
    waiting = rows["tests/test_parity.py::test_it_has_an_answer"] if len(rows) == 3 else None
    assert waiting and waiting.verdict is Verdict.FAIL, (rows, checked.stderr)
    assert waiting.reason == "AssertionError: no answer yet (marked to fail: WIP)"
    assert waiting.source.text.endswith("tests/test_parity.py:14")
    assert rows["tests/test_parity.py::test_cuda"].verdict is Verdict.UNCHECKED
    assert rows["tests/test_parity.py::test_cuda"].reason == "needs a GPU"
    assert checked.rows("unit", "build")["layers::tests::a_normed_row_has_mean_zero"].verdict is Verdict.PASS
    assert checked.rows("speed", "build")["speed"].reason == "1234.5 q/s"
    assert (checked.code, checked.done.first.stage, checked.of(ev.AfterGreen)) == (1, "parity", [])
    assert {event.verdict for event in checked.of(ev.StageDone) if event.stage == "block"} == {Verdict.PASS}

    with (project.root / "rust" / "src" / "lib.rs").open("a") as file:
        file.write(ANSWER)
    checked = project.check()
    now = checked.rows("parity", "build")[waiting.name]
    assert (checked.code, now.verdict, now.change) == (0, Verdict.PASS, Change.FIXED)
    assert f"{waiting.name} begins to pass: its mark xfail (WIP) can go" in [
        each.text for each in checked.of(ev.Notice)
    ]
    (gold,) = checked.of(ev.AfterGreen)
    assert (gold.name, gold.figure.line) == ("gold", "1000 q/s")

    (project.root / "figure.txt").write_text("throughput=1100\n")
    project.edit("rust/src/lib.rs", ("    41\n", "    42\n"))
    (gold,) = project.check().of(ev.AfterGreen)
    assert gold.figure.line == f"1100 q/s, 10.0% better than #{gold.build.number - 1}"
    table = run("check", str(project.session), cwd=project.root).stdout
    assert "after green: gold 1100 q/s, 10.0% better than #2" in table
    assert "passes, though marked to fail: WIP" in table
    only = project.check("--stage", "parity")
    assert {event.stage for event in only.of(ev.StageDone)} == {"parity"}


def test_a_failing_crate_test_has_its_line_and_a_broken_run_its_words(project: Project) -> None:
    project.declare(
        '\n[tests.none]\npytest = ["../../nowhere.py"]\n\n[tests.slow]\ncommand = ["sleep", "60"]\ntime_limit = 1\n'
    )
    project.edit("rust/src/layers.rs", ("[1.0, 2.0, 3.0, 6.0]", "[1.0, 2.0, 3.0, f32::NAN]"))
    checked = project.check()
    row = checked.rows("unit", "build")["layers::tests::a_normed_row_has_mean_zero"]
    assert row.verdict is Verdict.FAIL and row.source.file.endswith("src/layers.rs") and row.source.last > 30
    assert row.reason.startswith("assertion failed")
    ended = {event.stage: event for event in checked.of(ev.StageDone)}
    assert "pytest was called wrongly" in ended["none"].reason or "no test was collected" in ended["none"].reason
    assert ended["slow"].reason == "no end within 1 s, stopped; a time limit is `time_limit`"
    assert checked.code == 1

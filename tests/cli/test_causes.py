"""Why a row is wrong, on the command line."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.driving import WORKBENCH, edited, run
from workbench.model.events import Explained, ExplainStarted, Ranked, decode

FLOW = "rust/cosyvoice3/src/flow"


def test_a_check_of_a_broken_port_prints_the_cause_under_its_table(brief: Path) -> None:
    with edited(brief / FLOW / "feed_forward.rs", "hidden.gelu()?", "hidden.gelu_erf()?"):
        done = run("check", cwd=brief)
    assert done.returncode == 1, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    table = next(index for index, line in enumerate(lines) if line.startswith("✗ fail: "))
    cause = lines[table + 1]
    assert cause.startswith("  cause: ") and "gelu" in cause and "× floor · sessions/cosyvoice3/" in cause


BROKEN = ("feed_forward.rs", "hidden.gelu()?", "hidden.gelu_erf()?")
TAP = "transformer_blocks.0.ff.ff.2"
LAST = "transformer_blocks.3.ff.ff.2"


def test_nothing_to_explain_is_exit_0(brief: Path) -> None:
    done = run("explain", cwd=brief)
    assert done.returncode == 0 and done.stdout.startswith("● pass: "), done.stderr
    done = run("explain", "--tap", TAP, cwd=brief)
    assert done.returncode == 0 and done.stdout.startswith(f"● {TAP} "), done.stdout


def test_a_wrong_port_is_explained_and_what_to_mend_next_is_ranked(brief: Path) -> None:
    with edited(brief / FLOW / BROKEN[0], *BROKEN[1:]):
        done = run("explain", "cosyvoice3", "--stage", "flow.dit", cwd=brief)
    assert done.returncode == 1, done.stderr
    head, cause, *rest = done.stdout.splitlines()
    assert head.startswith(f"✗ {TAP} (flow.dit on arctic_short) at {FLOW}/feed_forward.rs:")
    assert cause.startswith("  cause: ") and "gelu" in cause and "× floor" in cause
    assert any(line.startswith("  tried: ") for line in rest)
    assert any("nearest: " in line for line in rest)
    ranked = [line for line in rest if line.startswith("  if ")]
    assert len(ranked) == 4 and len(set(ranked)) == 4
    left = [float(line.split(" off by ")[1].split("×")[0]) for line in ranked]
    now = {line.split(" instead of ")[1] for line in ranked}
    assert left == sorted(left) and len(now) == 1
    assert left[0] < float(now.pop().split("×")[0])


def test_the_named_row_is_explained_in_the_stream(brief: Path) -> None:
    with edited(brief / FLOW / BROKEN[0], *BROKEN[1:]):
        done = run("explain", "--tap", LAST, "--input", "arctic_short", "--json", cwd=brief)
    assert done.returncode == 1, done.stderr
    events = [decode(line) for line in done.stdout.splitlines()]
    explained = [event for event in events if isinstance(event, Explained)]
    assert [event.row.name for event in explained] == [LAST]
    assert explained[0].explanation.cause and "gelu" in explained[0].explanation.cause.words
    ranked = next(event for event in events if isinstance(event, Ranked))
    assert {each.tap for each in ranked.what_if} >= {TAP, LAST} and {each.output for each in ranked.what_if}


def test_one_wrong_layer_mended_leaves_nothing(brief: Path) -> None:
    with edited(brief / FLOW / "time_embed.rs", "(t * 1000.0)?", "(t * 100.0)?"):
        done = run("explain", cwd=brief)
    ranked = [line for line in done.stdout.splitlines() if line.startswith("  if time_embed.time_embed alone")]
    assert len(ranked) == 1, done.stdout
    assert float(ranked[0].split(" off by ")[1].split("×")[0]) <= 4 < float(ranked[0].split("of ")[1].split("×")[0])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--tap", "transformer_blocks.0.ff.ff.3"], "did you mean `transformer_blocks.0.ff.ff.2`?"),
        (["--input", "artic_short"], "did you mean `arctic_short`?"),
        (["--stage", "flow.dot"], "did you mean `flow.dit`?"),
    ],
)
def test_a_wrong_name_is_one_sentence_with_the_nearest(brief: Path, arguments: list[str], sentence: str) -> None:
    done = run("explain", *arguments, cwd=brief)
    assert done.returncode == 2 and done.stdout == ""
    assert [line for line in done.stderr.splitlines() if line.startswith("workbench: ")] == [
        done.stderr.splitlines()[-1]
    ]
    assert sentence in done.stderr.splitlines()[-1]


def test_a_crate_that_does_not_compile_is_exit_2(brief: Path) -> None:
    with edited(brief / FLOW / "norm.rs", "const EPS: f64", "const EPS: nonsense"):
        done = run("explain", cwd=brief)
    assert done.returncode == 2 and "nonsense" in done.stderr and done.stdout == ""


def test_ctrl_c_while_a_cause_is_looked_for_is_exit_130(brief: Path) -> None:
    with edited(brief / FLOW / BROKEN[0], *BROKEN[1:]):
        child = subprocess.Popen(
            [WORKBENCH, "explain", "--json"], cwd=brief, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert child.stdout
        for line in child.stdout:
            if isinstance(decode(line), ExplainStarted):
                break
        child.send_signal(signal.SIGINT)
        _, stderr = child.communicate(timeout=60)
    assert child.returncode == 130 and stderr.splitlines()[-1] == "workbench: interrupted", stderr

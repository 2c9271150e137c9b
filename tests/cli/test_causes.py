"""Why a row is wrong, on the command line."""

from pathlib import Path

from tests.cli.driving import edited, run

FLOW = "rust/cosyvoice3/src/flow"


def test_a_check_of_a_broken_port_prints_the_cause_under_its_table(brief: Path) -> None:
    with edited(brief / FLOW / "feed_forward.rs", "hidden.gelu()?", "hidden.gelu_erf()?"):
        done = run("check", cwd=brief)
    assert done.returncode == 1, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    table = next(index for index, line in enumerate(lines) if line.startswith("✗ fail: "))
    cause = lines[table + 1]
    assert cause.startswith("  cause: ") and "gelu" in cause and "× floor · sessions/cosyvoice3/" in cause

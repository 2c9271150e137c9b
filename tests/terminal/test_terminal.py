"""The whole program in a real terminal. Nothing of it is redirected: the screens are drawn on stderr."""

import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.driving import WORKBENCH, edited, run
from tests.terminal.tmux import Terminal, alive

TAP = "transformer_blocks.0.ff.ff.2"
GOOD, BAD = "hidden.gelu()?", "hidden.gelu_erf()?"
OPEN = f"{shlex.quote(str(WORKBENCH))} cosyvoice3"
ALL = "72 pass"


@pytest.fixture
def terminal(brief: Path, tmp_path: Path) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not on PATH: install it to drive the workbench in a real terminal")
    run("check", cwd=brief)
    opened = Terminal(tmp_path / "tmux", brief)
    yield opened
    opened.close()


def whole(terminal: Terminal, width: int, height: int) -> bool:
    """Whether the screen fills the window: header on the first line, keys on the last."""
    lines = terminal.lines
    return len(lines) == height and ALL in lines[0] and "q quit" in lines[-1] and len(lines[0]) >= width - 2


def test_it_opens_on_the_session_and_redraws_at_any_size(terminal: Terminal) -> None:
    terminal.type(OPEN)
    text = terminal.until(lambda text: ALL in text)
    assert "cosyvoice3 small" in text and "2 flow.dit" in text and "✗" not in text
    assert sum("  ● " in line for line in text.splitlines()) > 10
    for width, height in ((80, 24), (200, 60)):
        terminal.resize(width, height)
        terminal.until(lambda _, width=width, height=height: whole(terminal, width, height))
        assert any("● transformer_blocks.0" in line or "● …" in line for line in terminal.lines)


def test_a_broken_layer_turns_red_and_is_named_with_its_line(terminal: Terminal, brief: Path) -> None:
    source = brief / "rust/cosyvoice3/src/flow/feed_forward.rs"
    text = source.read_text()
    line = text[: text.index(GOOD)].count("\n") + 1
    terminal.resize(160, 48)
    terminal.type(OPEN)
    terminal.until(lambda text: ALL in text)
    with edited(source, GOOD, BAD):
        shown = terminal.until(lambda text: f"✗ {TAP}" in text and "first divergence" in text)
        headline = next(shown for shown in shown.splitlines() if "first divergence" in shown)
        assert TAP in headline and f"feed_forward.rs:{line}" in headline
    terminal.until(lambda text: ALL in text and "✗" not in text)


def test_ctrl_z_suspends_fg_resumes_and_q_leaves_the_terminal_as_it_was(terminal: Terminal) -> None:
    before = terminal.says("stty -g")
    terminal.type(OPEN)
    terminal.until(lambda text: ALL in text)
    terminal.press("C-z")
    terminal.until(lambda text: "Stopped" in text and ALL not in text)
    assert terminal.says("stty -g") == before
    terminal.type("fg")
    terminal.until(lambda text: ALL in text and "q quit" in text)
    terminal.press("?")
    terminal.until(lambda text: "─ keys ·" in text)
    terminal.press("Escape")
    terminal.until(lambda text: "─ keys ·" not in text)
    children = terminal.family()[1:]
    assert len(children) >= 2
    terminal.press("q")
    terminal.until(lambda text: ALL not in text and text.rstrip().endswith("ready>"))
    assert terminal.says("echo $?; stty -g") == f"0\n{before}"
    assert alive(children) == []


def test_a_terminal_that_is_closed_leaves_no_process(terminal: Terminal, brief: Path) -> None:
    terminal.type(OPEN)
    terminal.until(lambda text: ALL in text)
    family = terminal.family()
    assert any("workbench.native" in " ".join(one.cmdline()) for one in family)
    terminal.hang_up()
    assert alive(family) == []

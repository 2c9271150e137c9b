from pathlib import Path

import pytest

from workbench.tui.editor import Editor, find_editor

PATH = Path("/w/src/ff.rs")


@pytest.mark.parametrize(
    ("setting", "command"),
    [
        ("vim", ["vim", "+31", "/w/src/ff.rs"]),
        ("nvim", ["nvim", "+31", "/w/src/ff.rs"]),
        ("/usr/bin/nano", ["/usr/bin/nano", "+31", "/w/src/ff.rs"]),
        ("emacs -nw", ["emacs", "-nw", "+31", "/w/src/ff.rs"]),
        ("micro", ["micro", "+31", "/w/src/ff.rs"]),
        ("code --wait", ["code", "--wait", "-g", "/w/src/ff.rs:31"]),
        ("codium", ["codium", "-g", "/w/src/ff.rs:31"]),
        ("hx", ["hx", "/w/src/ff.rs:31"]),
        ("zed", ["zed", "/w/src/ff.rs:31"]),
        ("subl", ["subl", "/w/src/ff.rs:31"]),
        ("'/opt/my editors/vim' -u NONE", ["/opt/my editors/vim", "-u", "NONE", "+31", "/w/src/ff.rs"]),
        ("ed", ["ed", "/w/src/ff.rs"]),
    ],
)
def test_each_editor_in_its_own_words(setting: str, command: list[str]) -> None:
    editor = find_editor({"EDITOR": setting})
    assert editor is not None
    assert editor.command(PATH, 31) == command


def test_visual_comes_before_editor_and_nonsense_is_none() -> None:
    assert find_editor({"VISUAL": "vim", "EDITOR": "nano"}) == Editor(("vim",))
    assert find_editor({"VISUAL": "", "EDITOR": "nano"}) == Editor(("nano",))
    assert find_editor({"EDITOR": "'vim"}) is None
    assert find_editor({}) is None


def test_only_editors_without_a_window_need_the_terminal() -> None:
    assert Editor(("nvim",)).needs_terminal
    assert Editor(("/usr/bin/hx",)).needs_terminal
    assert not Editor(("code", "--wait")).needs_terminal
    assert not Editor(("subl",)).needs_terminal

"""Editor and clipboard."""

import asyncio
from contextlib import nullcontext
from pathlib import Path

import msgspec
import pytest
from driving import Open
from event_logs import SCENES, Clock

from workbench.model import events as ev
from workbench.tui.app import WorkbenchApp


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, Path]:
    """A session's root with the files of the made-up rows, and an editor that writes down how it was called."""
    for file in ("ff.rs", "norm.rs"):
        path = tmp_path / "cosyvoice3/src/flow" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("//\n")
    called, editor = tmp_path / "called", tmp_path / "vim"
    editor.write_text(f'#!/bin/sh\necho "$@" > {called}\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    return tmp_path, called


def at(root: Path, events: list[ev.Event]) -> list[ev.Event]:
    return [
        msgspec.structs.replace(each, root=str(root)) if isinstance(each, ev.SessionOpened) else each for each in events
    ]


async def asked(called: Path) -> str:
    for _ in range(200):
        if called.exists() and called.read_text().endswith("\n"):
            return called.read_text().strip()
        await asyncio.sleep(0.02)
    return "the editor was not called"


async def test_e_opens_the_row_s_line(
    open_screen: Open, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, called = places
    monkeypatch.setattr(WorkbenchApp, "suspend", nullcontext)
    async with open_screen(at(root, list(SCENES["failing"](Clock())))) as screen:
        await screen.press("e")
        assert await asked(called) == f"+31 {root}/cosyvoice3/src/flow/ff.rs"


async def test_e_opens_the_compiler_s_line(
    open_screen: Open, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, called = places
    monkeypatch.setattr(WorkbenchApp, "suspend", nullcontext)
    async with open_screen(at(root, list(SCENES["compile_error"](Clock())))) as screen:
        await screen.press("4", "j", "e")
        assert await asked(called) == f"+12 {root}/cosyvoice3/src/flow/norm.rs"


async def test_where_the_terminal_cannot_be_lent_the_place_is_copied(
    open_screen: Open, places: tuple[Path, Path]
) -> None:
    root, called = places
    async with open_screen(at(root, list(SCENES["failing"](Clock())))) as screen:
        await screen.press("e")
        await screen.pilot.pause(0.1)
        assert screen.app.clipboard == f"{root}/cosyvoice3/src/flow/ff.rs:31"
        assert "cannot be lent" in screen.toasts[-1] and not called.exists()


async def test_without_an_editor_or_a_file_e_says_so(open_screen: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_screen("failing") as screen:
        await screen.press("e")
        assert "neither $VISUAL nor $EDITOR is set: copied" in screen.toasts[-1]
        monkeypatch.setenv("VISUAL", "code")
        await screen.press("e")
        assert "does not exist any more" in screen.toasts[-1]


@pytest.mark.parametrize(
    ("key", "begins", "toast"),
    [
        ("r", "flow.dit transformer_blocks.0.ff.ff.2 f32 2×200×1024 on ", "copied the row as text"),
        ("t", "| verdict | tap | shape |", "copied the table as Markdown"),
        ("p", "cosyvoice3/src/flow/ff.rs:31", "copied the place in the source"),
        ("c", "workbench check cosyvoice3 --stage flow.dit --input ", "copied the command that repeats this check"),
        ("a", "AssertionError: Tensor-likes are not close!", "copied the assertion text"),
    ],
)
async def test_copying(open_screen: Open, key: str, begins: str, toast: str) -> None:
    async with open_screen("failing") as screen:
        await screen.press("y", key)
        assert screen.app.clipboard.startswith(begins)
        assert screen.toasts[-1] == toast


async def test_the_copy_menu_shows_what_it_would_copy(open_screen: Open) -> None:
    async with open_screen("failing") as screen:
        await screen.press("y", "j", "j")
        assert "cosyvoice3/src/flow/ff.rs:31" in screen.text
        await screen.press("enter")
        assert screen.app.clipboard == "cosyvoice3/src/flow/ff.rs:31"


async def test_e_works_on_the_first_failed_build_wherever_keys_go(
    open_screen: Open, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, called = places
    monkeypatch.setattr(WorkbenchApp, "suspend", nullcontext)
    events = [each for each in SCENES["compile_error"](Clock()) if not isinstance(each, ev.RowReady | ev.CheckDone)]
    async with open_screen(at(root, events)) as screen:
        assert screen.main.pane == "rows"
        await screen.press("e")
        assert await asked(called) == f"+31 {root}/cosyvoice3/src/flow/ff.rs"

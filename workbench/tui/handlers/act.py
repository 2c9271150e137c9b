"""Taking something out of the screen: to the editor, to the clipboard."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.tui.copying import Copy, choices
from workbench.tui.editor import Editor, find_editor, open_file

if TYPE_CHECKING:
    from workbench.tui.screens.main import MainScreen


def edit(screen: "MainScreen") -> None:
    """Open the line of the row, or of the compiler's message, in the user's editor."""
    place = _place(screen)
    if place is None:
        return
    path = place[0]
    editor = find_editor(os.environ)
    if editor is None:
        _copy_place(screen, place, "neither $VISUAL nor $EDITOR is set")
    elif not path.exists():
        screen.app.say(f"{path} does not exist any more", "warning")
    else:
        screen.run_worker(_open(screen, editor, place), exit_on_error=False, group="editor", exclusive=True)


async def _open(screen: "MainScreen", editor: Editor, place: tuple[Path, int]) -> None:
    problem = await open_file(screen.app, editor, *place)
    if problem:
        _copy_place(screen, place, problem)


def _copy_place(screen: "MainScreen", place: tuple[Path, int], why: str) -> None:
    text = f"{place[0]}:{place[1]}"
    screen.app.copy_to_clipboard(text)
    screen.app.say(f"{why}: copied {text}", "warning")


def _place(screen: "MainScreen") -> tuple[Path, int] | None:
    session = screen.app.board.session
    root = Path(session.root) if session else Path()
    message, line = screen.compiler.current, screen.table.current
    if screen.pane == "compiler" or (screen.messages_shown and message and message.level == "error"):
        return (root / message.file, message.line) if message and message.file else None
    if line and line.row.source:
        source = line.row.source
        return root / source.file, source.edited or source.last
    return None


def listen(screen: "MainScreen") -> None:
    """Hear the sound of the row, or the first of its stage."""
    line = screen.table.current
    if line is None:
        return
    from workbench.engine.hearing import Wish
    from workbench.tui.screens.audio import AudioScreen

    row = line.row
    sounds = screen.app.board.stages[row.stage].info.sounds
    tap = row.name.partition(":")[0]
    output = tap if tap in sounds else sounds[0]
    screen.app.push_screen(AudioScreen(screen.app, Wish(row.stage, row.input, output)))


def copy(screen: "MainScreen") -> None:
    """Offer what can be copied of the row."""
    line = screen.table.current
    if line is None:
        return
    from workbench.tui.screens.copy import CopyScreen

    session = screen.app.board.session
    name = session.name if session else "SESSION"

    def done(chosen: Copy | None) -> None:
        if chosen:
            screen.app.copy_to_clipboard(chosen.text)
            screen.app.say(f"copied {chosen.name}")

    screen.app.push_screen(CopyScreen(screen.app.ink, choices(name, line.row, screen.view)), done)

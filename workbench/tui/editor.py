"""Opening a file at a line, in the words of each editor."""

import asyncio
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL

from textual.app import App, SuspendNotSupported

_PLUS = {"vi", "vim", "nvim", "view", "vimx", "gvim", "emacs", "emacsclient", "nano", "micro", "kak", "joe", "mcedit"}
_COLON = {"hx", "helix", "zed", "subl", "sublime_text"}
_GOTO = {"code", "codium", "code-insiders", "vscodium", "cursor", "windsurf"}
_LINE = {"idea", "clion", "rustrover", "pycharm", "kate"}
_WINDOWS = {"gvim", "zed", "subl", "sublime_text", *_GOTO, *_LINE}


@dataclass(frozen=True)
class Editor:
    """The user's editor: the words of $VISUAL or $EDITOR."""

    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """The program's name without folder and `.exe`."""
        return Path(self.words[0]).name.removesuffix(".exe")

    @property
    def needs_terminal(self) -> bool:
        """Whether it draws in this terminal rather than in a window of its own."""
        return self.name not in _WINDOWS

    def command(self, path: Path, line: int) -> list[str]:
        """Return the words that open the file at the line (1-based); an unknown editor gets the file alone."""
        words, file = list(self.words), str(path)
        if self.name in _PLUS:
            return [*words, f"+{line}", file]
        if self.name in _COLON:
            return [*words, f"{file}:{line}"]
        if self.name in _GOTO:
            return [*words, "-g", f"{file}:{line}"]
        if self.name in _LINE:
            return [*words, "--line", str(line), file]
        return [*words, file]


def find_editor(environment: Mapping[str, str]) -> Editor | None:
    """Return the editor that $VISUAL or else $EDITOR names; nothing where both are empty or cannot be read."""
    for variable in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(environment.get(variable, ""))
        except ValueError:
            continue
        if words:
            return Editor(tuple(words))
    return None


async def open_file(app: App[None], editor: Editor, path: Path, line: int) -> str:
    """Open a file at a line and wait for an editor of the terminal to end; return what went wrong, or nothing.

    The engine goes on meanwhile; nothing is painted until the terminal is ours again.
    """
    command = editor.command(path, line)
    try:
        if not editor.needs_terminal:
            await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
            return ""
        with app.suspend(), app.batch_update():
            code = await (await asyncio.create_subprocess_exec(*command)).wait()
        return f"{editor.name} ended with code {code}" if code else ""
    except SuspendNotSupported:
        return "this terminal cannot be lent to an editor"
    except OSError as error:
        return f"{editor.name} cannot be started ({error.strerror})"

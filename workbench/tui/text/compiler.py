"""The compiler's messages."""

from rich.text import Text

from workbench.model.board import Board
from workbench.model.build import Diagnostic
from workbench.report import numbers
from workbench.tui.palette import Palette


def ordered(board: Board) -> list[Diagnostic]:
    """Return errors before everything else, otherwise as they came."""
    return sorted(board.diagnostics, key=lambda diagnostic: diagnostic.level != "error")


def title(board: Board) -> str:
    """Return `build failed · 2 errors, 1 warning`."""
    errors = sum(diagnostic.level == "error" for diagnostic in board.diagnostics)
    warnings = sum(diagnostic.level == "warning" for diagnostic in board.diagnostics)
    counts = [numbers.counted(number, word) for number, word in ((errors, "error"), (warnings, "warning")) if number]
    head = "✗ build failed" if board.build_failed else "compiler"
    return " · ".join([head, ", ".join(counts)] if counts else [head])


def item(diagnostic: Diagnostic, ink: Palette, width: int) -> Text:
    """Return one message in one line: level, text, place."""
    style = ink.failed if diagnostic.level == "error" else ink.limited
    mark = "✗" if diagnostic.level == "error" else "!"
    place = f"{diagnostic.file}:{diagnostic.line}" if diagnostic.file else ""
    head = f"{mark} {diagnostic.level}" + (f"[{diagnostic.code}]" if diagnostic.code else "")
    message = Text(diagnostic.message.split("\n")[0], ink.normal)
    message.truncate(max(width - len(head) - len(place) - 4, 10), overflow="ellipsis", pad=True)
    return Text.assemble((head, style), "  ", message, "  ", (place, ink.muted))


def rendered(board: Board, index: int, ink: Palette) -> Text:
    """Return the compiler's own text of a message with its colours, or why there is no message."""
    messages = ordered(board)
    if index < len(messages):
        return Text.from_ansi(messages[index].rendered.rstrip("\n"))
    return Text(board.build_failed.reason if board.build_failed else "", ink.normal)

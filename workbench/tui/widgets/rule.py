"""The line above a pane: its number, its name, and what is chosen in it."""

from rich.text import Text

from workbench.report.numbers import ELLIPSIS
from workbench.tui.palette import Palette


def rule(parts: list[str], ink: Palette, width: int, focused: bool) -> Text:
    """Return `─ 2 flow.dit ─ local first ─────` of `width` cells, bright where keys go to."""
    title = Text("─ ", ink.line)
    for index, part in enumerate(parts):
        style = (ink.accent if focused else ink.normal) if index == 0 else ink.muted
        title.append(part, style).append(" ─ " if index + 1 < len(parts) else " ", ink.line)
    if title.cell_len > width:
        title.truncate(max(width - 1, 1))
        return title.append(ELLIPSIS, ink.muted)
    return title.append("─" * (width - title.cell_len), ink.line)

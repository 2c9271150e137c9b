"""Moving in the pane that keys go to; where it cannot move, the rows do."""

from typing import TYPE_CHECKING

from workbench.model.verdict import Verdict
from workbench.tui.widgets.detail import DetailPane
from workbench.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from workbench.tui.screens.main import MainScreen


def _pane(screen: "MainScreen") -> Lines | DetailPane:
    return screen.focused if isinstance(screen.focused, Lines | DetailPane) else screen.table


def down(screen: "MainScreen") -> None:
    """Next line."""
    _pane(screen).move(1)


def up(screen: "MainScreen") -> None:
    """Previous line."""
    _pane(screen).move(-1)


def top(screen: "MainScreen") -> None:
    """First line."""
    _pane(screen).to_end(last=False)


def bottom(screen: "MainScreen") -> None:
    """Last line."""
    _pane(screen).to_end(last=True)


def half_down(screen: "MainScreen") -> None:
    """Half a screen down."""
    _pane(screen).half(1)


def half_up(screen: "MainScreen") -> None:
    """Half a screen up."""
    _pane(screen).half(-1)


def next_failing(screen: "MainScreen") -> None:
    """Next failing row, from the start again after the last one."""
    _failing(screen, 1)


def previous_failing(screen: "MainScreen") -> None:
    """Previous failing row, from the end again before the first one."""
    _failing(screen, -1)


def _failing(screen: "MainScreen", step: int) -> None:
    if screen.pane == "compiler":
        messages = screen.compiler.messages
        messages.move_to((messages.cursor + step) % max(messages.count, 1))
        return
    table = screen.table
    count = len(table.lines)
    for distance in range(1, count + 1):
        index = (table.cursor + step * distance) % count
        if table.lines[index].row.verdict is Verdict.FAIL:
            table.move_to(index)
            return

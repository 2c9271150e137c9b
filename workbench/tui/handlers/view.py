"""What is shown, and where keys go."""

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.widget import Widget

from workbench.tui.actions import ACTIONS, Action
from workbench.tui.palette import DARK, LIGHT
from workbench.tui.view import next_input, next_sort

if TYPE_CHECKING:
    from workbench.tui.screens.main import MainScreen

THEMES = (DARK.name, LIGHT.name, "ansi-dark", "ansi-light")


def open_stage(screen: "MainScreen") -> None:
    """Go from a stage to its rows."""
    item = screen.stages.current
    if item:
        screen.choose(replace(screen.choice, stage=item.name))
    if screen.zoomed == "stages":
        zoom(screen)
    screen.table.focus()


def open_row(screen: "MainScreen") -> None:
    """Go to the detail; where there is no room for its pane, open a window."""
    if screen.detail.display and screen.detail.region.height:
        screen.detail.focus()
        return
    from workbench.tui.screens.row import RowScreen

    screen.app.push_screen(RowScreen(screen))


def start_filter(screen: "MainScreen") -> None:
    """Open the line in which the filter is written."""
    screen.query_one("#rows").add_class("-filtering")
    screen.filter.focus()


def end_filter(screen: "MainScreen") -> None:
    """Close the line; an empty filter is none."""
    screen.query_one("#rows").set_class(bool(screen.choice.needle), "-filtering")
    screen.table.focus()


def back(screen: "MainScreen") -> None:
    """Leave the zoom, else clear the filter."""
    if screen.zoomed:
        zoom(screen)
        return
    screen.filter.value = ""
    screen.choose(replace(screen.choice, needle=""))
    end_filter(screen)


def sort(screen: "MainScreen") -> None:
    """Next order."""
    screen.choose(next_sort(screen.choice))


def reverse(screen: "MainScreen") -> None:
    """The same order from its other end."""
    screen.choose(replace(screen.choice, reverse=not screen.choice.reverse))


def walk_inputs(screen: "MainScreen") -> None:
    """Next input."""
    screen.choose(next_input(screen.app.board, screen.choice, screen.view.stage))


def fold(screen: "MainScreen") -> None:
    """Fold repeated taps, or unfold them."""
    screen.choose(replace(screen.choice, folded=not screen.choice.folded))


def wrap(screen: "MainScreen") -> None:
    """Wrap the compiler's long lines, or cut them."""
    screen.toggle_class("-wrapped")
    screen.draw()


def zoom(screen: "MainScreen") -> None:
    """Give the focused pane the whole screen, or give it back."""
    if screen.zoomed:
        screen.remove_class("-zoom", f"-zoom-{screen.zoomed}")
        screen.zoomed = ""
    else:
        screen.zoomed = "rows" if screen.pane == "filter" else screen.pane
        screen.add_class("-zoom", f"-zoom-{screen.zoomed}")
    screen.draw()


def pane_1(screen: "MainScreen") -> None:
    """Go to the stages."""
    _go(screen, "stages", screen.stages)


def pane_2(screen: "MainScreen") -> None:
    """Go to the rows."""
    _go(screen, "rows", screen.table)


def pane_3(screen: "MainScreen") -> None:
    """Go to the detail, or open it."""
    if screen.zoomed not in ("", "detail"):
        zoom(screen)
    open_row(screen)


def pane_4(screen: "MainScreen") -> None:
    """Show the compiler's messages and go there; hide them if keys go there already."""
    screen.messages_wanted = not (screen.messages_shown and screen.pane == "compiler")
    if screen.zoomed:
        zoom(screen)
    screen.draw()
    (screen.compiler.messages if screen.messages_wanted else screen.table).focus()


def next_pane(screen: "MainScreen") -> None:
    """Go to the next pane that is visible."""
    screen.focus_next()


def previous_pane(screen: "MainScreen") -> None:
    """Go to the previous pane that is visible."""
    screen.focus_previous()


def help(screen: "MainScreen") -> None:
    """Open the list of keys."""
    _list_actions(screen, ACTIONS, "keys")


def palette(screen: "MainScreen") -> None:
    """Open the list of what can be done now."""
    _list_actions(screen, tuple(act for act in ACTIONS if act.possible(screen.facts)), "do")


def _list_actions(screen: "MainScreen", actions: tuple[Action, ...], title: str) -> None:
    from workbench.tui.screens.help import HelpScreen

    screen.app.push_screen(HelpScreen(screen.app.ink, actions, screen.facts, title), screen.run_chosen)


def theme(screen: "MainScreen") -> None:
    """Take the next theme."""
    at = THEMES.index(screen.app.theme) if screen.app.theme in THEMES else -1
    screen.app.theme = THEMES[(at + 1) % len(THEMES)]
    screen.app.say(f"theme {screen.app.theme}")


def _go(screen: "MainScreen", pane: str, widget: Widget) -> None:
    if screen.zoomed not in ("", pane):
        zoom(screen)
    widget.focus()

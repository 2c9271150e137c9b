"""From the board and the user's choice to the panes of the main screen."""

from typing import TYPE_CHECKING

from rich.text import Text

from workbench.model.verdict import Verdict
from workbench.tui.text import compiler
from workbench.tui.text.detail import title
from workbench.tui.text.empty import empty
from workbench.tui.text.footer import keys_line
from workbench.tui.text.header import header
from workbench.tui.text.headline import headline
from workbench.tui.text.progress import progress
from workbench.tui.text.stages import stage_items
from workbench.tui.view import SORT_TITLES, inputs_of
from workbench.tui.widgets.rule import rule

if TYPE_CHECKING:
    from workbench.tui.screens.main import MainScreen


def draw_rows(screen: "MainScreen") -> None:
    """Draw the stages and the table."""
    board, view = screen.app.board, screen.view
    _fit_stages(screen)
    screen.stages.show(stage_items(board, screen.off), view.stage)
    screen.table.show(view, empty(board, screen.choice, view))


def _fit_stages(screen: "MainScreen") -> None:
    """Make the list as wide as its longest name; beside nothing else the style sheet decides."""
    longest = max(map(len, screen.app.board.stages), default=0)
    alone = screen.has_class("-narrow") or bool(screen.zoomed)
    wanted = None if alone else min(max(longest + 10, 22), screen.size.width // 4)
    if wanted != screen.side_width:
        screen.side_width = wanted
        screen.query_one("#side").styles.width = wanted


def draw_headline(screen: "MainScreen") -> None:
    """Draw the headline, or the compiler's messages in its place."""
    board, ink = screen.app.board, screen.app.ink
    screen.set_class(screen.messages_shown, "-compiler")
    if screen.messages_shown:
        screen.compiler.show(board)
    elif screen.pane == "compiler":
        screen.table.focus()
    screen.paper("headline").show(lambda width: headline(board, ink, width))


def draw_panes(screen: "MainScreen") -> None:
    """Draw the detail of the row, and the keys."""
    board, ink, line = screen.app.board, screen.app.ink, screen.table.current
    screen.detail.show(board, line.row if line else None)
    facts = screen.facts
    screen.paper("footer").show(lambda width: keys_line(facts, ink, width))


def draw_rules(screen: "MainScreen") -> None:
    """Draw the line above each pane."""
    line = screen.table.current
    _rule(screen, "stages", ["1 stages"])
    _rule(screen, "rows", ["2 " + screen.view.stage, *_about_rows(screen)] if screen.view.stage else ["2 rows"])
    _rule(screen, "detail", ["3 row", title(line.row)] if line else ["3 row"])
    _rule(screen, "compiler", ["4 " + compiler.title(screen.app.board)])


def draw_times(screen: "MainScreen") -> None:
    """Draw what changes with the clock: ages, and the time that is left."""
    board, ink, now = screen.app.board, screen.app.ink, screen.app.clock()
    screen.paper("header").show(lambda width: header(board, ink, width, now))
    screen.paper("progress").show(lambda width: progress(board, ink, width, now))


def own_facts(screen: "MainScreen") -> set[str]:
    """Return the facts that lie in the screen's own state."""
    shown, line = screen.messages_shown, screen.table.current
    in_compiler = screen.pane == "compiler" and shown
    message = screen.compiler.current if shown else None
    place = bool(message and message.file) or (not in_compiler and bool(line and line.row.source))
    named = {
        "compiler shown": shown,
        "wrapped": screen.has_class("-wrapped"),
        "zoomed": bool(screen.zoomed),
        "narrowed": bool(screen.zoomed) or screen.pane == "filter",
        "place": place,
        "wrong row": bool(line and line.row.verdict is Verdict.FAIL and line.row.local),
        "failing row": bool(line and line.row.verdict is Verdict.FAIL and line.row.measured),
        "sound": bool(line and screen.app.board.stages[line.row.stage].info.sounds),
        "failing": in_compiler and len(screen.compiler.messages.messages) > 1,
    }
    return {name for name, holds in named.items() if holds}


def _rule(screen: "MainScreen", pane: str, parts: list[str]) -> None:
    focused = screen.pane == pane or (pane == "rows" and screen.pane == "filter")
    ink = screen.app.ink

    def write(width: int) -> Text:
        return rule(parts, ink, width, focused)

    screen.paper(f"{pane}-rule").show(write)


def _about_rows(screen: "MainScreen") -> list[str]:
    choice, view = screen.choice, screen.view
    inputs = inputs_of(screen.app.board, view.stage)
    said = [SORT_TITLES[choice.sort] + (", reversed" if choice.reverse else "")]
    if len(inputs) > 1:
        said.append(f"input {choice.input}" if choice.input else f"worst of {len(inputs)} inputs")
    if choice.failed_only:
        said.append("failed only")
    if choice.needle:
        said.append(f"/{choice.needle}")
    narrowed = len(view.lines) != view.total
    return [*said, f"{len(view.lines)} of {view.total}" if narrowed else f"{view.total} taps"]

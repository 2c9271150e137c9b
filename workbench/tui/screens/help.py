"""The list of actions: all of them (help), or what would do something now (palette); searchable, and Enter runs it."""

from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from workbench.tui.actions import Action
from workbench.tui.glyphs import CURSOR
from workbench.tui.palette import Palette
from workbench.tui.widgets.lines import Lines
from workbench.tui.widgets.paper import Paper


class ActionList(Lines):
    """One line per action; what would do nothing now is dim."""

    def __init__(self, ink: Palette, offered: tuple[Action, ...], facts: frozenset[str]) -> None:
        super().__init__(ink)
        self.offered, self.facts = offered, facts
        self.actions: list[Action] = []

    def show(self, needle: str) -> None:
        """Keep the actions that hold every word of the needle."""
        words = needle.lower().split()
        self.actions = [act for act in self.offered if all(word in _searched(act) for word in words)]
        self.show_count(len(self.actions))
        self.set_cursor(0)
        self.refresh()

    def segments(self, index: int, cursor: bool) -> list[Segment]:
        """Return topic, keys and what they do."""
        act = self.actions[index]
        now = act.possible(self.facts)
        first = index == 0 or self.actions[index - 1].scope != act.scope
        return [
            Segment(CURSOR if cursor else " ", self.ink.accent),
            Segment(f" {act.scope if first else '':<9}", self.ink.muted),
            Segment(f"{act.keys_text:<10} ", self.ink.accent if now else self.ink.muted),
            Segment(f"{act.label_now(self.facts):<13} ", self.ink.normal if now else self.ink.muted),
            Segment(act.help, self.ink.muted),
        ]


def _searched(act: Action) -> str:
    return f"{act.scope} {act.label} {act.help} {act.keys_text}".lower()


class HelpScreen(ModalScreen[Action | None]):
    """Returns the action to run."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1", "dismiss(None)"), Binding("down", "move(1)"), Binding("up", "move(-1)"),
        Binding("pagedown", "half(1)"), Binding("pageup", "half(-1)"),
    ]  # fmt: skip

    def __init__(self, ink: Palette, offered: tuple[Action, ...], facts: frozenset[str], heading: str) -> None:
        super().__init__()
        self.list = ActionList(ink, offered, facts)
        self.heading = heading

    def compose(self) -> ComposeResult:
        """Yield the search line and the list."""
        with Vertical(classes="window") as window:
            window.border_title = f"{self.heading} · type to search, Enter runs, Esc closes"
            yield Input(placeholder="search")
            yield self.list
            yield Paper(self._about, id="about")

    def on_mount(self) -> None:
        """List everything."""
        self.list.can_focus = False
        self.list.show("")

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self.list.move(step)

    def action_half(self, sign: int) -> None:
        """Move the cursor by half a window."""
        self.list.half(sign)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self.list.show(event.value)
        self._moved()

    @on(Lines.Moved)
    def _moved(self) -> None:
        self.query_one("#about", Paper).show(self._about)

    def _about(self, width: int) -> Text:
        """Return the whole help of the action under the cursor, and whether it would do something now."""
        if not self.list.actions:
            return Text("no key is described by these words")
        act = self.list.actions[self.list.cursor]
        return Text(act.help + ("" if act.possible(self.list.facts) else " · there is nothing to do it to now"))

    @on(Input.Submitted)
    @on(Lines.Chosen)
    def _take(self) -> None:
        if self.list.actions:
            self.dismiss(self.list.actions[self.list.cursor])

"""The menu of what can be copied."""

from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from workbench.tui.copying import Copy
from workbench.tui.glyphs import CURSOR
from workbench.tui.palette import Palette
from workbench.tui.widgets.lines import Lines
from workbench.tui.widgets.paper import Paper


class CopyList(Lines):
    """One line per thing, with the key that takes it at once."""

    choices: list[Copy]

    def segments(self, index: int, cursor: bool) -> list[Segment]:
        """Return the key and the name."""
        choice = self.choices[index]
        return [
            Segment(CURSOR if cursor else " ", self.ink.accent), Segment(f" {choice.key}  ", self.ink.accent),
            Segment(choice.name, self.ink.normal),
        ]  # fmt: skip


class CopyScreen(ModalScreen[Copy | None]):
    """Returns what the user chose."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,y", "dismiss(None)"), Binding("enter", "take"),
        Binding("j,down", "move(1)"), Binding("k,up", "move(-1)"),
    ]  # fmt: skip

    def __init__(self, ink: Palette, choices: list[Copy]) -> None:
        super().__init__()
        self.list = CopyList(ink)
        self.list.choices = choices

    def compose(self) -> ComposeResult:
        """Yield the list and what it would copy."""
        with Vertical(classes="window") as window:
            window.border_title = "copy"
            yield self.list
            yield Paper(self._preview, id="preview", grows=True)

    def on_mount(self) -> None:
        """Fill the list."""
        self.list.show_count(len(self.list.choices))
        self.list.focus()

    def on_key(self, event: events.Key) -> None:
        """Take the thing whose key is pressed."""
        for choice in self.list.choices:
            if event.character == choice.key:
                event.stop()
                self.dismiss(choice)

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self.list.move(step)

    @on(Lines.Chosen)
    def action_take(self) -> None:
        """Take the thing under the cursor."""
        self.dismiss(self.list.choices[self.list.cursor])

    @on(Lines.Moved)
    def _moved(self) -> None:
        self.query_one("#preview", Paper).show(self._preview)

    def _preview(self, width: int) -> Text:
        return Text(self.list.choices[self.list.cursor].text)

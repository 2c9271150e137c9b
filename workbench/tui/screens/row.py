"""The detail of a row in a window of its own, where the terminal has no room for its pane."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from workbench.tui.text.detail import title
from workbench.tui.widgets.detail import DetailPane

if TYPE_CHECKING:
    from workbench.tui.screens.main import MainScreen


class RowScreen(ModalScreen[None]):
    """Follows the row under the main screen's cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,3", "dismiss(None)"), Binding("e", "main('edit')"), Binding("y", "main('copy')"),
        Binding("j,down", "scroll(1)"), Binding("k,up", "scroll(-1)"), Binding("n", "main('next_failing')"),
        Binding("N", "main('previous_failing')"),
    ]  # fmt: skip

    def __init__(self, main: "MainScreen") -> None:
        super().__init__()
        self.main = main
        self.pane = DetailPane(main.app.ink)

    def compose(self) -> ComposeResult:
        """Yield the pane."""
        with Vertical(classes="window"):
            yield self.pane

    def on_mount(self) -> None:
        """Draw the row."""
        self.pane.focus()
        self.draw()

    def draw(self) -> None:
        """Draw the row under the cursor."""
        line = self.main.table.current
        self.pane.show(self.main.app.board, line.row if line else None)
        self.query_one(Vertical).border_title = Content(title(line.row) if line else "row")

    def action_scroll(self, step: int) -> None:
        """Scroll."""
        self.pane.move(step)

    def action_main(self, id: str) -> None:
        """Do what the key does on the main screen."""
        self.main.action_run(id)
        self.draw()

"""The pane of one row."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from workbench.model.board import Board
from workbench.model.row import Row
from workbench.tui.palette import Palette
from workbench.tui.text.detail import detail
from workbench.tui.widgets.paper import Paper


class DetailPane(VerticalScroll, inherit_bindings=False, can_focus=True):
    """Scrolls when keys go to it."""

    def __init__(self, ink: Palette, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ink = ink
        self.paper = Paper(grows=True)
        self._row: Row | None = None

    def compose(self) -> ComposeResult:
        """Yield the text."""
        yield self.paper

    def show(self, board: Board, row: Row | None) -> None:
        """Take the row to show."""
        if row is None:
            self.paper.show(lambda _: Text("no row is chosen", self.ink.muted))
            return
        if self._row is None or row.key != self._row.key:
            self.scroll_home(animate=False)
        self._row = row
        self.paper.show(lambda width: detail(board, row, self.ink, width))

    def move(self, step: int) -> None:
        """Scroll by some lines."""
        self.scroll_relative(y=step, animate=False)

    def half(self, sign: int) -> None:
        """Scroll by half the pane."""
        self.move(sign * max(self.size.height // 2, 1))

    def to_end(self, last: bool) -> None:
        """Scroll to the first or the last line."""
        (self.scroll_end if last else self.scroll_home)(animate=False)

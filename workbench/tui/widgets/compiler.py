"""The compiler's messages: the text of one, and the list of all."""

from rich.segment import Segment
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from workbench.model.board import Board
from workbench.model.build import Diagnostic
from workbench.tui.glyphs import CURSOR
from workbench.tui.palette import Palette
from workbench.tui.text import compiler
from workbench.tui.widgets.lines import Lines
from workbench.tui.widgets.paper import Paper


class MessageList(Lines):
    """One line per message."""

    def __init__(self, ink: Palette, *, id: str | None = None) -> None:
        super().__init__(ink, id=id)
        self.messages: list[Diagnostic] = []

    def segments(self, index: int, cursor: bool) -> list[Segment]:
        """Return one message as a line."""
        text = compiler.item(self.messages[index], self.ink, self.scrollable_content_region.width - 2)
        bar = Segment(CURSOR + " " if cursor else "  ", self.ink.accent)
        return [bar, *(part for part in text.render(self.app.console) if part.text != "\n")]


class CompilerPane(Vertical):
    """The first message's own text, and below it every message."""

    def __init__(self, ink: Palette) -> None:
        super().__init__(id="compiler")
        self.messages = MessageList(ink, id="messages")
        self.paper = Paper(id="message", grows=True)
        self._board: Board | None = None

    def compose(self) -> ComposeResult:
        """Yield the text and the list."""
        with VerticalScroll(id="message-scroll", can_focus=False):
            yield self.paper
        yield self.messages

    @property
    def current(self) -> Diagnostic | None:
        """The message under the cursor."""
        shown = self.messages.messages
        return shown[self.messages.cursor] if self.messages.cursor < len(shown) else None

    def show(self, board: Board) -> None:
        """Take the messages of a board."""
        self._board = board
        new = compiler.ordered(board)
        if new != self.messages.messages:
            self.messages.messages = new
            self.messages.show_count(len(new))
            self.messages.set_cursor(0)
            self.messages.refresh(layout=True)
        self.write()

    def write(self) -> None:
        """Show the text of the message under the cursor."""
        self.paper.show(self._text)

    def _text(self, width: int) -> Text:
        if self._board is None:
            return Text()
        return compiler.rendered(self._board, self.messages.cursor, self.messages.ink)

    def on_lines_moved(self, event: Lines.Moved) -> None:
        """Show the text of the message that the user moved to."""
        self.query_one("#message-scroll", VerticalScroll).scroll_home(animate=False)
        self.write()

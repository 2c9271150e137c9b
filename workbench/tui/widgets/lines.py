"""A scrolling list with a cursor that paints only the lines it must (Textual's Line API)."""

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from workbench.tui.palette import Palette


class Lines(ScrollView, inherit_bindings=False, can_focus=True):
    """Base of the lists; a subclass gives `segments`, and calls `show_count` when their number changes."""

    DEFAULT_CSS = """
    Lines { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    """

    @dataclass
    class Moved(Message):
        """The user moved the cursor."""

        lines: "Lines"
        index: int

        @property
        def control(self) -> "Lines":
            """The list."""
            return self.lines

    @dataclass
    class Chosen(Message):
        """The user clicked the line that the cursor was on."""

        lines: "Lines"
        index: int

        @property
        def control(self) -> "Lines":
            """The list."""
            return self.lines

    def __init__(self, ink: Palette, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ink = ink
        self.cursor = 0
        self.count = 0
        self.moved = False

    def segments(self, index: int, cursor: bool) -> list[Segment]:
        """Return the line; its background is added here."""
        raise NotImplementedError

    def show_count(self, count: int) -> None:
        """Take the number of lines."""
        if count != self.count:
            self.count = count
            self.virtual_size = Size(self.size.width, count)
        self.cursor = min(self.cursor, max(count - 1, 0))

    def set_cursor(self, index: int) -> None:
        """Put the cursor on a line, without a message and without scrolling."""
        if index != self.cursor:
            self.refresh_lines(self.cursor)
            self.cursor = index
            self.refresh_lines(index)

    def reveal(self, index: int, above: int = 0) -> None:
        """Scroll just far enough to show a line; with `above`, show that many before it where it was out of sight."""
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if height and not top <= index < top + height:
            target = index - above if above or index < top else index - height + 1
            self.scroll_to(y=target, animate=False, force=True)

    def move_to(self, index: int) -> None:
        """Move the cursor for the user."""
        index = min(max(index, 0), max(self.count - 1, 0))
        self.moved = True
        self.set_cursor(index)
        self.reveal(index)
        self.post_message(self.Moved(self, index))

    def move(self, step: int) -> None:
        """Move the cursor by some lines."""
        self.move_to(self.cursor + step)

    def half(self, sign: int) -> None:
        """Move the cursor by half a screen."""
        self.move(sign * max(self.size.height // 2, 1))

    def to_end(self, last: bool) -> None:
        """Move the cursor to the first or the last line."""
        self.move_to(self.count - 1 if last else 0)

    def render_line(self, y: int) -> Strip:
        """Return one line of the window."""
        index = y + self.scroll_offset.y
        width, paper = self.scrollable_content_region.width, self.rich_style
        if not 0 <= index < self.count:
            return Strip.blank(width, paper)
        cursor = index == self.cursor
        strip = Strip(self.segments(index, cursor)).adjust_cell_length(width)
        return strip.apply_style(paper + self.cursor_style() if cursor else paper)

    def cursor_style(self) -> Style:
        """Return the background of the cursor's line: strong only where keys go to."""
        return self.ink.cursor if self.has_focus else self.ink.rest

    def on_click(self, event: events.Click) -> None:
        """Move to the clicked line; a click on the cursor's line chooses it."""
        index = self.index_at(event.x, event.y)
        if 0 <= index < self.count:
            if index == self.cursor and self.moved:
                self.post_message(self.Chosen(self, index))
            else:
                self.move_to(index)

    def index_at(self, x: int, y: int) -> int:
        """Return the line at a cell of the window."""
        return y + self.scroll_offset.y

    def on_mouse_scroll_down(self) -> None:
        """Note that the user looks somewhere else now."""
        self.moved = True

    def on_mouse_scroll_up(self) -> None:
        """Note that the user looks somewhere else now."""
        self.moved = True

    def on_focus(self) -> None:
        """Show where keys go."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.refresh()

"""The table of rows: the cursor stays on its tap, whatever arrives, sorts or is filtered."""

from textwrap import wrap

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.strip import Strip

from workbench.tui.palette import Palette
from workbench.tui.text.table import MARK, Content, cells, measure, plan, title_line
from workbench.tui.view import Line, View, base_name
from workbench.tui.widgets.lines import Lines
from workbench.tui.widgets.paper import Paper


class RowTable(Lines):
    """Shows the lines of a view; until the user moves, the cursor follows the first failing row."""

    def __init__(self, ink: Palette, titles: Paper, *, id: str | None = None) -> None:
        super().__init__(ink, id=id)
        self.lines: list[Line] = []
        self.tap = ""
        self.painted = 0
        self.empty = ""
        self._stage = ""
        self._content = Content()
        self._titles = titles
        self._plan = plan(80, Content())

    @property
    def current(self) -> Line | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    def show(self, view: View, empty: str) -> None:
        """Take the lines of a view, and what to say if there are none; paint what looks different."""
        if empty != self.empty:
            self.empty = empty
            self.refresh()
        old, self.lines = self.lines, view.lines
        if view.stage != self._stage:
            self._stage, self.tap, self.moved = view.stage, "", False
        self._measure()
        offset = self.cursor - self.scroll_offset.y
        self.show_count(len(view.lines))
        self._follow(view, offset)
        if len(old) != len(self.lines):
            self.refresh()
            return
        for index in self._window():
            if old[index].key != self.lines[index].key or not old[index].same(self.lines[index]):
                self.refresh_lines(index)

    def move_to(self, index: int) -> None:
        """Move the cursor for the user, and remember the tap."""
        super().move_to(index)
        self.tap = self.current.key if self.current else self.tap

    def go_to(self, key: str) -> None:
        """Move the cursor to a tap for the user, if it is shown."""
        for index, line in enumerate(self.lines):
            if line.key == key:
                self.move_to(index)
                return

    def segments(self, index: int, cursor: bool) -> list[Segment]:
        """Return the cells of one line."""
        self.painted += 1
        return cells(self.lines[index], self._plan, self.ink, cursor)

    def render_line(self, y: int) -> Strip:
        """Return a line of the table, or of the sentence that stands in its place."""
        if self.lines or not self.empty:
            return super().render_line(y)
        width = self.scrollable_content_region.width
        sentence = wrap(self.empty, max(width - 2 * MARK, 16))
        text = " " * MARK + sentence[y - 1] if 0 < y <= len(sentence) else ""
        return Strip([Segment(text, self.ink.muted)]).adjust_cell_length(width).apply_style(self.rich_style)

    def on_resize(self, event: events.Resize) -> None:
        """Give the columns their new widths, and keep the cursor in sight."""
        self._replan()
        self.reveal(self.cursor, above=self.size.height // 3)

    def _follow(self, view: View, offset: int) -> None:
        """Put the cursor back on its tap, at the height where it was on the screen."""
        if not self.moved and view.first_failing:
            self.tap = view.first_failing
        if not self.tap and self.lines:
            self.tap = self.lines[0].key
        index = self._find(self.tap)
        if index is None:
            return
        shifted = index != self.cursor
        self.set_cursor(index)
        if self.moved and shifted and self.scrollable_content_region.height:
            self.scroll_to(y=max(index - offset, 0), animate=False, force=True)
        elif not self.moved:
            self.reveal(index, above=self.size.height // 3)

    def _find(self, key: str) -> int | None:
        base = base_name(key)
        near = None
        for index, line in enumerate(self.lines):
            if line.key == key:
                return index
            if near is None and base_name(line.key) == base:
                near = index
        return near

    def _window(self) -> range:
        top = self.scroll_offset.y
        return range(top, min(top + self.size.height, len(self.lines)))

    def _measure(self) -> None:
        content = measure(self.lines)
        if content != self._content:
            self._content = content
            self._replan()

    def _replan(self) -> None:
        width = self.scrollable_content_region.width or self.app.size.width
        new = plan(width, self._content)
        if new != self._plan:
            self._plan = new
            self.refresh()
        self._titles.show(self.write_titles)

    def write_titles(self, width: int) -> Text:
        """Return the line of column titles."""
        return title_line(self._plan, self.ink) if self.lines else Text()

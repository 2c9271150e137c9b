"""The list of stages; one line high it is a strip."""

from rich.segment import Segment
from textual.strip import Strip

from workbench.model.verdict import Verdict
from workbench.report import numbers
from workbench.tui.glyphs import CURSOR
from workbench.tui.palette import Palette
from workbench.tui.text.stages import StageItem
from workbench.tui.widgets.lines import Lines


class StageList(Lines):
    """Stages with their verdicts; moving the cursor shows a stage's rows."""

    def __init__(self, ink: Palette, *, id: str | None = None) -> None:
        super().__init__(ink, id=id)
        self.items: list[StageItem] = []

    @property
    def current(self) -> StageItem | None:
        """The stage under the cursor."""
        return self.items[self.cursor] if self.cursor < len(self.items) else None

    @property
    def is_strip(self) -> bool:
        """Whether the stages stand side by side."""
        return self.size.height <= 1

    def show(self, items: list[StageItem], stage: str) -> None:
        """Take the stages and the one whose rows are shown."""
        names = [item.name for item in items]
        if items != self.items:
            old, self.items = self.items, items
            self.show_count(len(items))
            self._repaint(old)
        if stage in names and names.index(stage) != self.cursor:
            self.set_cursor(names.index(stage))
            self.refresh()
            self.reveal(self.cursor)

    def _repaint(self, old: list[StageItem]) -> None:
        if self.is_strip or len(old) != len(self.items):
            self.refresh()
            return
        for index, (left, right) in enumerate(zip(old, self.items, strict=True)):
            if left != right:
                self.refresh_lines(index)

    def set_cursor(self, index: int) -> None:
        """Put the cursor on a stage; in a strip every line is the same one."""
        super().set_cursor(index)
        if self.is_strip:
            self.refresh()

    def segments(self, index: int, cursor: bool) -> list[Segment]:
        """Return one stage as a line of the list."""
        item = self.items[index]
        note = item.note if item.on else "off"
        width = self.scrollable_content_region.width
        name = numbers.from_left(item.name, max(width - len(note) - 6, 4))
        gap = max(width - 4 - len(name) - len(note) - 1, 1)
        return [Segment(CURSOR if cursor else " ", self.ink.accent), *self._item(item, name), Segment(" " * gap),
                Segment(note, self.ink.muted)]  # fmt: skip

    def render_line(self, y: int) -> Strip:
        """Return a line of the list, or the strip."""
        if not self.is_strip:
            return super().render_line(y)
        width, paper = self.scrollable_content_region.width, self.rich_style
        if y or not self.items:
            return Strip.blank(width, paper)
        parts = [self._part(index) for index in range(len(self.items))]
        while len(parts) > 1 and sum(part.cell_length for part in parts[: self._kept(parts)]) > width:
            parts.pop(0)
        return Strip.join(parts).adjust_cell_length(width).apply_style(paper)

    def index_at(self, x: int, y: int) -> int:
        """Return the stage at a cell of the window."""
        if not self.is_strip:
            return super().index_at(x, y)
        for index in range(len(self.items)):
            x -= self._part(index).cell_length
            if x < 0:
                return index
        return -1

    def _kept(self, parts: list[Strip]) -> int:
        """Return how many parts end with the cursor's."""
        return len(parts) - (len(self.items) - 1 - self.cursor)

    def _part(self, index: int) -> Strip:
        item, cursor = self.items[index], index == self.cursor
        note = item.note if item.on else "off"
        strip = Strip([Segment(CURSOR if cursor else " ", self.ink.accent), *self._item(item, item.name),
                       Segment(f" {note} " if note else " ", self.ink.muted)])  # fmt: skip
        return strip.apply_style(self.cursor_style()) if cursor else strip

    def _item(self, item: StageItem, name: str) -> list[Segment]:
        dull = item.old or not item.on
        style = self.ink.stale if dull else self.ink.verdict(item.verdict)
        loud = self.ink.loud if item.verdict is Verdict.FAIL and not dull else self.ink.normal
        return [
            Segment("~" if item.old else " ", self.ink.stale),
            Segment(item.verdict.mark + " ", style),
            Segment(name, self.ink.stale if dull else loud),
        ]

"""What waveforms and maps have in common: cells over one time axis, with a playhead and a loop on them."""

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from workbench.tui.palette import Palette

PLAYHEAD = "│"


class Timeline(Widget):
    """A subclass draws its lines once per content or size; a playhead that moves repaints two columns."""

    def __init__(self, ink: Palette, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.ink = ink
        self._strips: list[Strip] = []
        self._drawn_for = Size()
        self._playhead: int | None = None
        self._marks: tuple[int, ...] = ()

    def draw(self, size: Size) -> list[Strip]:
        """Return one strip per line."""
        raise NotImplementedError

    def changed(self) -> None:
        """Draw anew: there is other content, or another theme."""
        self._drawn_for = Size()
        self.refresh()

    def place(self, playhead: int | None, marks: tuple[int, ...] = ()) -> None:
        """Put the playhead, and the ends of the loop, on these columns."""
        before, after = self._columns(), None
        self._playhead, self._marks = playhead, marks
        after = self._columns()
        for column in before ^ after:
            self.refresh(Region(column, 0, 1, self.size.height))

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        if self._drawn_for != self.size:
            self._drawn_for = self.size
            self._strips = self.draw(self.size) if self.size.area else []
        if y >= len(self._strips):
            return Strip.blank(self.size.width, self.rich_style)
        return self._marked(self._strips[y])

    def _columns(self) -> set[int]:
        placed = {*self._marks} | ({self._playhead} if self._playhead is not None else set())
        return {column for column in placed if 0 <= column < self.size.width}

    def _marked(self, strip: Strip) -> Strip:
        columns = sorted(self._columns())
        if not columns:
            return strip
        cuts = sorted({*columns, *(column + 1 for column in columns), self.size.width} - {0})
        starts = [0, *cuts]
        parts = zip(starts, strip.divide(cuts), strict=False)
        return Strip.join([self._mark(start) if start in columns else part for start, part in parts])

    def _mark(self, column: int) -> Strip:
        style = self.ink.accent if column == self._playhead else self.ink.limited
        return Strip([Segment(PLAYHEAD, self._on(style))], 1)

    def _on(self, style: Style) -> Style:
        return self.rich_style + style

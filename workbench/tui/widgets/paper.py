"""A piece of text that is written anew for every width, and painted only when it differs."""

from collections.abc import Callable

from rich.text import Text
from textual import events
from textual.containers import VerticalScroll
from textual.widget import Widget

Write = Callable[[int], Text]


class Paper(Widget):
    """Shows what `write(width in cells)` returns; with `grows` it is as high as its text."""

    def __init__(
        self, write: Write | None = None, *, grows: bool = False, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._write = write or (lambda _: Text())
        self._grows = grows
        self.text = Text()

    def show(self, write: Write) -> None:
        """Take another text; nothing is painted if it comes out the same."""
        self._write = write
        self._again()

    def render(self) -> Text:
        """Return the text."""
        return self.text

    def on_resize(self, event: events.Resize) -> None:
        """Write for the new width."""
        self._again()

    def _again(self) -> None:
        width = self.content_region.width
        if not width:
            return
        text = self._write(width)
        if self._grows:
            self._fit(text, width)
        if text != self.text:
            self.text = text
            self.refresh()

    def _fit(self, text: Text, width: int) -> None:
        """Set the height; left to Textual's `auto`, a text that changes before the first layout keeps its old one."""
        if not text.plain:
            lines = 0
        elif self.styles.text_wrap == "nowrap":
            lines = text.plain.count("\n") + 1
        else:
            lines = len(text.wrap(self.app.console, width))
        if isinstance(self.parent, VerticalScroll):
            lines = max(lines, self.parent.scrollable_content_region.height)  # no new layout while it fits the pane
        if self.styles.height is None or self.styles.height.value != lines:
            self.styles.height = lines

"""A sound's envelope in braille dots."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from workbench.tui.palette import Palette
from workbench.tui.widgets.timeline import Timeline

Floats = NDArray[np.float64]
Envelope = Callable[[int], tuple[Floats, Floats]]
"""Smallest and largest sample of each of so many pieces."""
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""Bits of a braille cell by row and column (Unicode, Braille Patterns)."""
BLANK = 0x2800


class Waveform(Timeline):
    """Draws `envelope(columns)` with ±`peak` from bottom to top; `colour` names a style of the palette."""

    def __init__(self, ink: Palette, colour: str, *, id: str | None = None) -> None:
        super().__init__(ink, id=id)
        self.colour = colour
        self._envelope: Envelope | None = None
        self._peak = 1.0

    def show(self, envelope: Envelope, peak: float) -> None:
        """Draw another sound."""
        self._envelope, self._peak = envelope, peak or 1.0
        self.changed()

    def draw(self, size: Size) -> list[Strip]:
        """Return one strip per line."""
        if self._envelope is None:
            return []
        low, high = self._envelope(2 * size.width)
        style: Style = self.rich_style + getattr(self.ink, self.colour)
        lines = braille(low / self._peak, high / self._peak, size.height)
        return [Strip([Segment(line, style)], size.width) for line in lines]


def braille(low: Floats, high: Floats, height: int) -> list[str]:
    """Return `height` lines of dots from `low` to `high` (within ±1), two columns of each to a cell.

    A piece of silence is a dot on the middle line.
    """
    rows = 4 * height
    top = np.clip(np.floor((1 - np.clip(high, -1, 1)) / 2 * rows), 0, rows - 1)
    bottom = np.clip(np.ceil((1 - np.clip(low, -1, 1)) / 2 * rows) - 1, 0, rows - 1)
    row = np.arange(rows)[:, None]
    lit = (row >= np.minimum(top, bottom)) & (row <= np.maximum(top, bottom))
    cells = lit.reshape(height, 4, len(low) // 2, 2)
    codes = BLANK + np.einsum("hrwc,rc->hw", cells, DOTS)
    return ["".join(map(chr, line)) for line in codes.tolist()]

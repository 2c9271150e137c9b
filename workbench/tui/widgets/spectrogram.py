"""A map of shades in half blocks: two bands to a cell; in characters of growing weight where there are no colours."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Size
from textual.strip import Strip

from workbench.tui.glyphs import wants_ascii
from workbench.tui.palette import Palette
from workbench.tui.widgets.timeline import Timeline

Bytes = NDArray[np.uint8]
SHADES = 52
HALF = "▀"
WEIGHTS = " ⠂░▒▓█"
SOUND, APART = "sound", "apart"
_DARK = {
    SOUND: ("#14171c", "#26305c", "#4a4f9c", "#a2568f", "#e08a5a", "#f5e6a8"),
    APART: ("#14171c", "#4a2230", "#98323c", "#f0767c", "#f7c9a0", "#ffffff"),
}
_LIGHT = {
    SOUND: ("#fbfbf8", "#c4d2ee", "#7f9bd8", "#7d48a5", "#5a1f5e", "#1c0d24"),
    APART: ("#fbfbf8", "#f6d3cf", "#e88b86", "#c02f3a", "#7a1626", "#2a060c"),
}
"""Colours from nothing to the strongest; far enough apart in lightness to survive 256 colours."""


class Spectrogram(Timeline):
    """Shows shades [bands, columns], the lowest band first; `scale` is SOUND or APART."""

    def __init__(self, ink: Palette, scale: str, *, id: str | None = None) -> None:
        super().__init__(ink, id=id)
        self.scale = scale
        self._shades: Bytes | None = None

    def show(self, shades: Bytes | None) -> None:
        """Draw another map; None while it is computed."""
        self._shades = shades
        self.changed()

    def draw(self, size: Size) -> list[Strip]:
        """Return one strip per line; a map of another size is stretched, until one for this size is there."""
        if self._shades is None:
            return []
        rows = stretched(self._shades, 2 * size.height, size.width)[::-1].tolist()
        pairs = list(zip(rows[0::2], rows[1::2], strict=True))
        if self._plain:
            return [Strip([Segment(weights(*pair), self.rich_style)], size.width) for pair in pairs]
        dark = self.app.current_theme.dark
        return [Strip(_cells(*pair, self.scale, dark), size.width) for pair in pairs]

    @property
    def _plain(self) -> bool:
        """Whether half blocks cannot be told apart: there are no colours, no half blocks, or the terminal's own few."""
        return wants_ascii() or self.app.no_color or self.app.current_theme.name.startswith("ansi")


def stretched(shades: Bytes, bands: int, columns: int) -> Bytes:
    """Return a map of other bands and columns: the nearest ones of it."""
    had_bands, had_columns = shades.shape
    rows, places = np.arange(bands) * had_bands // bands, np.arange(columns) * had_columns // columns
    found: Bytes = shades[np.ix_(rows, places)]
    return found


def _cells(upper: Sequence[int], lower: Sequence[int], scale: str, dark: bool) -> list[Segment]:
    """Return a line, neighbours of the same shades as one segment."""
    out: list[Segment] = []
    start = 0
    for index in range(1, len(upper) + 1):
        if index == len(upper) or (upper[index], lower[index]) != (upper[start], lower[start]):
            out.append(Segment(HALF * (index - start), cell_style(upper[start], lower[start], scale, dark)))
            start = index
    return out


def weights(upper: Sequence[int], lower: Sequence[int]) -> str:
    """Return a line as characters, the stronger of both bands in each."""
    top = len(WEIGHTS) - 1
    return "".join(WEIGHTS[round(max(pair) / (SHADES - 1) * top)] for pair in zip(upper, lower, strict=True))


@cache
def cell_style(upper: int, lower: int, scale: str, dark: bool) -> Style:
    """Return the style of a half block with these shades above and below."""
    return Style(color=colour(upper, scale, dark).rich_color, bgcolor=colour(lower, scale, dark).rich_color)


@cache
def colour(shade: int, scale: str, dark: bool) -> Color:
    """Return a shade's colour: between the two nearest of its scale."""
    stops = (_DARK if dark else _LIGHT)[scale]
    place = shade / (SHADES - 1) * (len(stops) - 1)
    index = min(int(place), len(stops) - 2)
    return Color.parse(stops[index]).blend(Color.parse(stops[index + 1]), place - index)

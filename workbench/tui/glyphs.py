"""Characters that a plain terminal may lack, and what stands for them there."""

import os

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

CURSOR = "▌"

_PLAIN = {
    "●": "+", "◐": "/", "✗": "x", "✓": "+", "○": "-", "▲": "^", "▼": "v", "×": "x", "…": "~", "·": "|", "–": "-",
    "→": ">", "∞": "#", "⁻": "-", "▌": ">", "▁": "_", "▂": ".", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "%",
    "█": "#", "░": ".", "▒": ":", "▓": "*", "▀": "^", "▶": ">", "■": "#",
    "─": "-", "━": "=", "│": "|", "┃": "|", "╸": "=", "╺": "=", "▔": "-", "▏": "|",
    "▕": "|", "▊": "|", "▎": "|",
    "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+", "╭": "+", "╮": "+", "╰": "+",
    "╯": "+", "−": "-", "↓": "v", "↑": "^", "“": '"', "”": '"', "’": "'",
}  # fmt: skip
_BY_DOTS = " ..:::+##"
_PLAIN |= {chr(0x2800 + dots): _BY_DOTS[dots.bit_count()] for dots in range(256)}
_TABLE = str.maketrans(_PLAIN)


def wants_ascii() -> bool:
    """Return whether WORKBENCH_ASCII asks for a screen of ASCII characters only."""
    return os.environ.get("WORKBENCH_ASCII", "") not in ("", "0")


def plain(text: str) -> str:
    """Return the text in ASCII, cell for cell; a character without a stand-in becomes `?`."""
    return text.translate(_TABLE).encode("ascii", "replace").decode()


class PlainCharacters(LineFilter):
    """Replaces every character as the last step before the terminal, so that no widget needs to know."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in ASCII."""
        return [Segment(plain(text), style, control) for text, style, control in segments]

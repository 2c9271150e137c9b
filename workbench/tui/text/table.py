"""The table's columns and the cells of one line."""

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from workbench.model.row import Error, Row
from workbench.model.verdict import Verdict
from workbench.report import numbers
from workbench.tui.glyphs import CURSOR
from workbench.tui.palette import Palette
from workbench.tui.view import Line

MARK = 4
"""Cells of the cursor bar, the stale mark, the verdict's mark and a space."""
TIMES = 5
TAP = 30
"""Cells that a long tap name keeps before another column is let in."""
LEAST = 18
"""Least cells of the columns that take what is left over."""
_ORDER = ("shape", "local", "×", "accum.", "× ", "since", "last 8", "last 12", "line", "because")
_CHANGES = {"fixed": "passed", "better": "passed", "broken": "failed", "worse": "limited", "new": "accent"}


@dataclass(frozen=True)
class Content:
    """The widest cell of each column whose width depends on the rows."""

    tap: int = 12
    shape: int = 5
    line: int = 0
    because: int = 0


@dataclass(frozen=True)
class Plan:
    """The widths that every line of one table shares; columns are (title, cells, cells of the gap before it)."""

    tap: int
    columns: tuple[tuple[str, int, int], ...]


def measure(lines: list[Line]) -> Content:
    """Return the widest cells of these lines."""
    rows = [line.row for line in lines]
    return Content(
        tap=max((len(line.key) + (6 if line.folded > 1 else 0) for line in lines), default=12),
        shape=max((len(numbers.form(row)) for row in rows), default=5),
        line=max((len(row.source.text) for row in rows if row.source), default=0),
        because=max((len(row.reason) for row in rows), default=0),
    )


def plan(width: int, content: Content) -> Plan:
    """Return the columns that fit, in the order of what a porter misses most; the tap takes what the others leave."""
    chosen = {"×": TIMES, "× ": TIMES}
    need = min(max(content.tap, 12), TAP)
    wished = {"since": 6, "local": 7, "accum.": 7, "shape": max(content.shape, 5), "last 8": 8, "last 12": 12}
    for title, cells in wished.items():
        wider = {known: size for known, size in chosen.items() if (title, known) != ("last 12", "last 8")}
        wider[title] = cells
        if width - MARK - _cells(wider) >= need:
            chosen = wider
    for title, cells in (("line", content.line), ("because", content.because)):
        left = width - MARK - _cells(chosen) - max(content.tap, 12) - 2
        if cells and left >= min(cells, LEAST):
            chosen[title] = min(cells, left)
    columns = tuple((title, chosen[title], _gap(title, chosen)) for title in _ORDER if title in chosen)
    rest = max(width - MARK - _cells(chosen), 6)
    return Plan(min(rest, max(content.tap, 12) + 4), columns)


def _gap(title: str, chosen: dict[str, int]) -> int:
    paired = {"×": "local", "× ": "accum."}.get(title)
    return 1 if paired in chosen else 2


def _cells(chosen: dict[str, int]) -> int:
    return sum(cells + _gap(title, chosen) for title, cells in chosen.items())


def title_line(plan: Plan, ink: Palette) -> Text:
    """Return the titles above the columns."""
    titles = {title for title, _, _ in plan.columns}
    text = " " * MARK + "tap".ljust(plan.tap)
    for title, cells, gap in plan.columns:
        label = title.strip()
        if label == "×" and "local" not in titles:
            label = "loc.×" if title == "×" else "acc.×"
        right = title in ("local", "×", "accum.", "× ")
        text += " " * gap + (label.rjust(cells) if right else label.ljust(cells))
    return Text(text, ink.muted)


def cells(line: Line, plan: Plan, ink: Palette, cursor: bool) -> list[Segment]:
    """Return one line of the table."""
    row = line.row
    loud = row.verdict is Verdict.FAIL and not line.stale
    out = [
        Segment(CURSOR if cursor else " ", ink.accent),
        Segment("~" if line.stale else " ", ink.stale),
        Segment(row.verdict.mark + " ", ink.stale if line.stale else ink.verdict(row.verdict)),
        Segment(_tap(line, plan.tap), ink.loud if loud else ink.stale if line.stale else ink.normal),
    ]
    for title, width, gap in plan.columns:
        out.append(Segment(" " * gap))
        for text, style in _cell(title, row, width, ink):
            out.append(Segment(text, ink.stale if line.stale else style))
    return out


def _tap(line: Line, width: int) -> str:
    suffix = f" ({line.folded}×)" if line.folded > 1 else ""
    return (numbers.from_left(line.key, width - len(suffix)) + suffix).ljust(width)


def _cell(title: str, row: Row, width: int, ink: Palette) -> list[tuple[str, Style]]:
    match title:
        case "shape":
            return [(numbers.form(row).ljust(width), ink.muted)]
        case "since":
            return [(row.change.value.ljust(width), getattr(ink, _CHANGES.get(row.change.value, "muted")))]
        case "last 8" | "last 12":
            bars = numbers.spark(row.history, width)
            return [(bars[:-1], ink.muted), (bars[-1:], ink.verdict(row.verdict))]
        case "line":
            return [(numbers.from_left(row.source.text if row.source else "", width).ljust(width), ink.muted)]
        case "because":
            return [(_shortened(row.reason, width).ljust(width), ink.muted)]
        case _:
            return [_number(title, row, width, ink)]


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + numbers.ELLIPSIS


def _number(title: str, row: Row, width: int, ink: Palette) -> tuple[str, Style]:
    error = row.local if title in ("×", "local") else row.accumulated
    if error is None:
        return "–".rjust(width), ink.muted
    text = numbers.times(error.times_rms) if title.startswith("×") else numbers.error(error.rms)
    return text.rjust(width), _error_style(row, error, ink)


def _error_style(row: Row, error: Error, ink: Palette) -> Style:
    """Colour the number that decided the verdict; leave the others plain."""
    if row.verdict is Verdict.PASS:
        return ink.normal
    if row.detail:
        decided = error is (row.local if row.detail.column == "local" else row.accumulated)
    else:
        decided = error.times_rms == row.times
    return ink.verdict(row.verdict) if decided else ink.normal

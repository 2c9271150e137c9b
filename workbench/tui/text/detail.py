"""All that is known of one row: what would pass, where it is worst, how the error is spread, which lines made it."""

from rich.style import Style
from rich.text import Text

from workbench.model.board import Board
from workbench.model.row import Detail, Error, Row
from workbench.report import numbers
from workbench.tui.palette import Palette
from workbench.tui.text.columns import LABEL, Block, labelled, side_by_side, stacked, wrapped
from workbench.tui.text.why import why

Neighbours = tuple[tuple[int, float | None, float | None], ...]

THREE, TWO = 176, 96
"""Least widths for three and for two columns."""
FACTS = 55
"""Least width of the first column."""
VALUE = 12
"""Cells of one value among its neighbours."""


def detail(board: Board, row: Row, ink: Palette, width: int) -> Text:
    """Return the detail of a row for a pane of `width` cells."""
    if width >= THREE:
        first, second = max(width * 3 // 10, FACTS), LABEL + 5 * VALUE
        third = width - first - second - 4
        blocks = [facts(board, row, ink, first), worst(row, ink, second), spread(row, ink, third)]
        return side_by_side(blocks, [first, second, third], ink)
    if width >= TWO:
        first = max(width * 9 // 20, FACTS)
        second = width - first - 2
        right = [*worst(row, ink, second), *spread(row, ink, second)]
        return side_by_side([facts(board, row, ink, first), right], [first, second], ink)
    return stacked([facts(board, row, ink, width), worst(row, ink, width), spread(row, ink, width)])


def title(row: Row) -> str:
    """Return what the pane's frame says."""
    tensor = "" if row.kind == "test" else f" {row.dtype} {numbers.form(row)}"
    return f"{row.name} · {row.kind}{tensor} · {row.input}"


def facts(board: Board, row: Row, ink: Palette, width: int) -> Block:
    """Return the verdict, both columns, the tolerance that would pass, the source lines, every input."""
    said = Text(f"{row.verdict.mark} {row.verdict.value}", ink.verdict(row.verdict))
    if board.is_stale(row):
        said.append("  of an older build", ink.muted)
    block = [labelled("verdict", said, ink)]
    if row.reason:
        block += wrapped("because", row.reason, width, ink)
    if row.local or row.accumulated:
        block.append(Text(" " * LABEL + "    rms      max   of rms   × rms   × max", ink.muted))
    block += [_column(name, error, ink) for name, error in _columns(row) if error]
    if row.detail:
        said = Text.assemble(
            ("atol ", ink.muted), (numbers.error(row.detail.atol), ink.normal),
            (" or rtol ", ink.muted), (numbers.error(row.detail.rtol), ink.normal),
        )  # fmt: skip
        block.append(labelled("passes at", said, ink))
    return block + why(board, row, width, ink) + _sources(row, width, ink) + _inputs(board, row, ink)


def _columns(row: Row) -> list[tuple[str, Error | None]]:
    return [("local", row.local), ("accumulated", row.accumulated)]


def _column(name: str, error: Error, ink: Palette) -> Text:
    values = (
        f"{numbers.error(error.rms):>7}  {numbers.error(error.max):>7}  {numbers.error(error.relative):>7}"
        f"  {numbers.times(error.times_rms):>6}  {numbers.times(error.times_max):>6}"
    )
    return labelled(name, values, ink)


def _sources(row: Row, width: int, ink: Palette) -> Block:
    block = []
    for label, source in (("port", row.source), ("reference", row.reference_source)):
        if source:
            span = f"  lines {source.first}–{source.last}" if 0 < source.first < source.last else ""
            said = Text(numbers.from_left(source.text, max(width - LABEL - len(span) - 1, 16)), ink.normal)
            said.append(span, ink.muted)
            block.append(labelled(label, said, ink))
    return block


def _inputs(board: Board, row: Row, ink: Palette) -> Block:
    """Return the same tap on every input, the one shown first in bold."""
    block: Block = []
    inputs = board.stages[row.stage].inputs
    for name, state in inputs.items():
        if len(inputs) > 1 and (other := state.rows.get(row.name)):
            said = Text(f"{other.verdict.mark} ", ink.verdict(other.verdict))
            said.append(f"{numbers.times(other.times):>6}×  ", ink.normal)
            said.append(name, ink.loud if name == row.input else ink.muted)
            block.append(labelled("" if block else "inputs", said, ink))
    return block


def worst(row: Row, ink: Palette, width: int) -> Block:
    """Return the worst element with both values, between its neighbours along the last axis."""
    if row.detail is None:
        return []
    found = row.detail
    index = "[" + ",".join(map(str, found.worst_index)) + "]"
    block = [labelled("worst", Text.assemble((index, ink.loud), _apart(found, ink)), ink)]
    here = found.worst_index[-1] if found.worst_index else 0
    around = found.neighbours or ((here, found.worst_actual, found.worst_expected),)
    shown = _nearest(around, here, (width - LABEL) // VALUE)
    lines = labelled("at", "", ink), labelled("reference", "", ink), labelled("port", "", ink)
    for position, actual, expected in shown:
        style = ink.loud if position == here else ink.muted
        for line, text in zip(lines, (str(position), *values(expected, actual)), strict=True):
            line.append(f"{text:<{VALUE - 1}} ", style)
    return [*block, *lines]


def _nearest(around: Neighbours, here: int, count: int) -> Neighbours:
    """Return at most `count` neighbours, those closest to the worst element, in order."""
    return tuple(sorted(sorted(around, key=lambda each: abs(each[0] - here))[: max(count, 1)]))


def values(expected: float | None, actual: float | None) -> tuple[str, str]:
    """Return both values; None stands for NaN or inf."""
    if expected is None or actual is None:
        return _single(expected), _single(actual)
    return numbers.pair(expected, actual)


def _single(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.5g}"


def _apart(found: Detail, ink: Palette) -> tuple[str, Style]:
    if found.worst_expected is None or found.worst_actual is None:
        return "", ink.normal
    return f"  differs by {numbers.error(abs(found.worst_expected - found.worst_actual))}", ink.normal


def spread(row: Row, ink: Palette, width: int) -> Block:
    """Return the error along every axis, its histogram and the whole tensor's figures."""
    if row.detail is None:
        return [Text("no element-wise comparison", ink.muted)]
    found = row.detail
    room = min(max(width - 26, 8), 48)
    block: Block = []
    for axis, profile in enumerate(found.profile):
        size = row.shape[axis] if axis < len(row.shape) else len(profile)
        said = Text.assemble((f"axis {axis} ", ink.muted), (f"{size:>5} ", ink.muted), numbers.bars(profile, room))
        block.append(labelled("" if block else "error by", said, ink))
    if found.histogram:
        block.append(labelled("sizes", _histogram(found, room, ink), ink))
    exact = f"{found.zeros} of {found.count} exact, {found.differing} differ"
    block.append(labelled("elements", exact, ink))
    if found.nonfinite:
        block.append(labelled("", Text(f"{found.nonfinite} NaN or inf", ink.failed), ink))
    whole = f"cosine {found.cosine:.9f}  SNR {found.snr_db:.1f} dB  bias {found.bias:+.1e}"
    block.append(labelled("whole", whole, ink))
    return block


def _histogram(found: Detail, room: int, ink: Palette) -> Text:
    last = found.histogram_start + len(found.histogram) - 1
    shown = numbers.bars(tuple(map(float, found.histogram)), max(room - 4, 8))
    return Text.assemble((f"2^{found.histogram_start} ", ink.muted), (shown, ink.normal), (f" 2^{last}", ink.muted))

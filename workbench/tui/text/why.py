"""Why a row fails, as far as that is known, and what mending it would leave."""

from rich.text import Text

from workbench.model.board import Board
from workbench.model.row import Row
from workbench.model.verdict import Verdict
from workbench.report import numbers
from workbench.report.cause import Entry, cause_entry, entries
from workbench.tui.palette import Palette
from workbench.tui.text.columns import LABEL, Block, labelled, wrapped

LABELS = {"cause": "why", "not explained": "why"}
"""Labels of what is known of a cause, where they differ here from a report's."""


def why(board: Board, row: Row, width: int, ink: Palette) -> Block:
    """Return the causes of a row with their proofs, or what was ruled out, and what its mending would leave."""
    return _causes(board, row, width, ink) + _what_if(board, row, width, ink)


def _causes(board: Board, row: Row, width: int, ink: Palette) -> Block:
    """Return the causes that were found, each with its proof, or what was ruled out."""
    key = board.explained_as(row) if row.verdict is Verdict.FAIL else None
    if key is None:
        return []
    if done := board.explained.get(key):
        found = list(entries(done.explanation))
    else:
        found = [cause_entry(cause, index == 0) for index, cause in enumerate(board.causes[key])]
    block = [line for entry in found for line in _entry(entry, width, ink)]
    if board.explaining == key:
        block += wrapped("" if block else "why", "looking for the cause…", width, ink)
    if block and key != row.key:
        block += wrapped("", f"searched on {key[1]}", width, ink)
    return block


def _what_if(board: Board, row: Row, width: int, ink: Palette) -> Block:
    """Return what would be left at the stage's end if this row alone were mended."""
    if found := board.what_if.get(row.key):
        left, now = numbers.times(found.then), numbers.times(found.now)
        return wrapped("if mended", f"{found.output} off by {left}× instead of {now}× floor", width, ink)
    return []


def _entry(entry: Entry, width: int, ink: Palette) -> Block:
    label, words = LABELS.get(entry.label, entry.label), entry.words
    block = wrapped(label, f"not explained: {words}" if entry.label == "not explained" else words, width, ink)
    if entry.proof:
        block.append(labelled("", Text(entry.proof, ink.loud), ink))
    if entry.place:
        # One cell less than fits: what is cut is cut on the left, where a path tells least.
        block.append(labelled("", Text(numbers.from_left(entry.place, width - LABEL - 1), ink.muted), ink))
    return block

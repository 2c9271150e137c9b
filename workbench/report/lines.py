"""Columns of plain text."""

from collections.abc import Iterable


def aligned(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], right: frozenset[int]) -> list[str]:
    """Return the head and the rows as lines of equally wide columns; those in `right` are flush right."""
    table = [head, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    return [_line(row, widths, right) for row in table]


def _line(row: tuple[str, ...], widths: list[int], right: frozenset[int]) -> str:
    cells = [
        cell.rjust(width) if column in right else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return ("  " + "  ".join(cells)).rstrip()

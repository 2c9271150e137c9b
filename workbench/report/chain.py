"""The chain as plain text: what every stage gives alone and at the end of all before it."""

from collections.abc import Iterable, Iterator

from workbench.model.board import Board, StageState
from workbench.model.row import Error, Row
from workbench.model.verdict import Verdict, worst
from workbench.report.lines import aligned
from workbench.report.numbers import error, form, times

HEAD = ("  stage", "output", "shape", "alone", "×", "in the chain", "×")
RIGHT = frozenset({3, 4, 5, 6})


def chain_tables(board: Board) -> Iterator[str]:
    """Yield the table of the chain where it was run: its outputs, and the first row of each stage that is off."""
    chain, names = (board.session.chain, board.session.linked) if board.session else ("", ())
    linked = [board.stages[name] for name in names if chain in board.stages[name].inputs]
    if not linked:
        return
    ended = [done for state in linked if (done := state.inputs[chain].done)]
    verdict = worst([done.verdict for done in ended])
    title = f"{verdict.mark} chain · {' → '.join(state.info.name for state in linked)}"
    rows = [_cells(state, row) for state in linked for row in _shown(state.rows(chain))]
    reasons = [f"  {done.stage}: {done.reason}" for done in ended if done.reason]
    yield "\n".join([title, *_entry(linked, chain), *aligned(HEAD, rows, RIGHT), *reasons])


def _entry(linked: Iterable[StageState], chain: str) -> Iterator[str]:
    """Say where the error comes in."""
    for state in linked:
        if row := next((row for row in state.rows(chain) if row.verdict is Verdict.FAIL), None):
            yield f"  the error comes in at {row.name} of {row.stage}: {row.reason}"
            return


def _shown(rows: list[Row]) -> list[Row]:
    first = next((row for row in rows if row.verdict is Verdict.FAIL), None)
    return [row for row in rows if row.kind == "output" or row is first]


def _cells(state: StageState, row: Row) -> tuple[str, ...]:
    alone = next((each for each in state.without(row.input).rows() if each.name == row.name), None)
    return (
        f"{row.verdict.mark} {row.stage}", row.name, form(row),
        *_column(alone.accumulated if alone else None), *_column(row.accumulated),
    )  # fmt: skip


def _column(column: Error | None) -> tuple[str, str]:
    return (error(column.relative), times(column.times_rms)) if column else ("–", "–")

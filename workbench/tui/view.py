"""Which rows the table shows, and in what order."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from workbench.model.board import Board
from workbench.model.row import Row
from workbench.model.verdict import Verdict

SORTS = ("execution", "local", "accumulated", "introduced", "name")
SORT_TITLES = {
    "execution": "execution order",
    "local": "local first",
    "accumulated": "accumulated first",
    "introduced": "introduced here first",
    "name": "by name",
}


@dataclass(frozen=True)
class Choice:
    """What the user chose to see; no `stage` follows the first divergence, no `input` is the worst of all."""

    stage: str = ""
    input: str = ""
    needle: str = ""
    failed_only: bool = False
    sort: str = "execution"
    reverse: bool = False
    folded: bool = True


class Line(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One line of the table: a row, or the worst of the `folded` repetitions of one tap (`velocity#2`, `#3`, …)."""

    key: str
    row: Row
    stale: bool
    folded: int = 1

    def same(self, other: "Line") -> bool:
        """Return whether both look alike on the screen; rows are immutable, so their identity decides."""
        return self.row is other.row and self.stale == other.stale and self.folded == other.folded


@dataclass(frozen=True)
class View:
    """The lines that are shown, and how many there were before the filter.

    `first_failing` is the key of the failing line that the reference executes first; `repeated` is whether any tap of
    the stage comes more than once.
    """

    stage: str
    lines: list[Line]
    total: int
    first_failing: str = ""
    repeated: bool = False


def view(board: Board, choice: Choice, before: str = "") -> View:
    """Return what the table shows of the board; `before` is the stage that it showed until now."""
    stage = opened(board, choice, before)
    if stage not in board.stages:
        return View(stage, [], 0)
    rows = board.stages[stage].rows(choice.input or None)
    repeated = any("#" in row.name for row in rows)
    lines = fold(board, rows) if choice.folded and repeated else _unfolded(board, stage, rows)
    shown = [line for line in lines if matches(line.row, choice)] if choice.failed_only or choice.needle else lines
    failing = [line for line in shown if line.row.verdict is Verdict.FAIL]
    first = min(failing, key=lambda line: line.row.order).key if failing else ""
    return View(stage, arrange(shown, rows, choice), len(lines), first, repeated)


def _unfolded(board: Board, stage: str, rows: list[Row]) -> list[Line]:
    fresh = board.fresh_from(stage)
    seen = {name: state.row_generations for name, state in board.stages[stage].inputs.items()}
    return [Line(row.name, row, seen[row.input][row.name] < fresh) for row in rows]


def opened(board: Board, choice: Choice, before: str) -> str:
    """Return the stage that is shown: the chosen one, the diverging one, the one before, the first with rows."""
    diverging = [name for name, stage in board.stages.items() if stage.verdict is Verdict.FAIL]
    if board.check and board.check.first:
        diverging.insert(0, board.check.first.stage)
    with_rows = [name for name, stage in board.stages.items() if any(state.rows for state in stage.inputs.values())]
    shown = before if before in with_rows else ""
    wished = [choice.stage, *diverging, shown, *with_rows]
    return next((name for name in wished if name in board.stages), next(iter(board.stages), ""))


def fold(board: Board, rows: list[Row]) -> list[Line]:
    """Return one line per tap, repetitions folded into their worst, in execution order."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(base_name(row.name), []).append(row)
    return [_folded(board, name, group) for name, group in groups.items()]


def base_name(name: str) -> str:
    """Return the tap's name without the number of its repetition."""
    base, mark, number = name.rpartition("#")
    return base if mark and number.isdigit() else name


def _folded(board: Board, name: str, group: list[Row]) -> Line:
    worst = group[0] if len(group) == 1 else max(group, key=lambda row: (row.verdict.severity, row.times))
    return Line(name, worst, board.is_stale(worst), len(group))


def matches(row: Row, choice: Choice) -> bool:
    """Return whether a row passes the filter: every word of it occurs in the name, letter case aside."""
    if choice.failed_only and row.verdict is not Verdict.FAIL:
        return False
    name = row.name.lower()
    return all(word in name for word in choice.needle.lower().split())


def arrange(lines: list[Line], rows: list[Row], choice: Choice) -> list[Line]:
    """Return the lines sorted as chosen; `rows` are all of the stage in execution order."""
    if choice.sort == "name":
        ordered = sorted(lines, key=lambda line: line.key)
    elif choice.sort == "execution":
        ordered = lines
    else:
        measure = _MEASURES[choice.sort](rows)
        ordered = sorted(lines, key=lambda line: -measure(line.row))
    return ordered[::-1] if choice.reverse else ordered


def _by_column(column: str) -> Callable[[list[Row]], Callable[[Row], float]]:
    def measure(row: Row) -> float:
        error = row.local if column == "local" else row.accumulated
        return error.times_rms if error else (float("inf") if row.verdict is Verdict.FAIL else -1.0)

    return lambda rows: measure


def _introduced(rows: list[Row]) -> Callable[[Row], float]:
    """Measure what a row adds: its accumulated × floor less that of the row that was executed before it."""
    added: dict[str, float] = {}
    before = 0.0
    for row in rows:
        if row.accumulated:
            added[row.name] = row.accumulated.times_rms - before
            before = row.accumulated.times_rms
    return lambda row: added.get(row.name, float("inf") if row.verdict is Verdict.FAIL else -1e30)


_MEASURES: dict[str, Callable[[list[Row]], Callable[[Row], float]]] = {
    "local": _by_column("local"),
    "accumulated": _by_column("accumulated"),
    "introduced": _introduced,
}


def next_sort(choice: Choice) -> Choice:
    """Return the choice with the next order of the cycle."""
    return replace(choice, sort=SORTS[(SORTS.index(choice.sort) + 1) % len(SORTS)], reverse=False)


def next_input(board: Board, choice: Choice, stage: str) -> Choice:
    """Return the choice with the next input of the stage: the worst of all, then each."""
    names = ["", *inputs_of(board, stage)]
    at = names.index(choice.input) if choice.input in names else 0
    return replace(choice, input=names[(at + 1) % len(names)])


def inputs_of(board: Board, stage: str) -> tuple[str, ...]:
    """Return the names of a stage's inputs."""
    return board.stages[stage].info.inputs if stage in board.stages else ()

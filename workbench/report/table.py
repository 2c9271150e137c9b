"""The error table as plain text, for a pipe or a log."""

from collections import Counter
from collections.abc import Iterator

from workbench.model.board import Board, StageState
from workbench.model.events import BY_ORDER, CheckDone
from workbench.model.row import Error, Row, Source
from workbench.model.verdict import Verdict
from workbench.report.build import age, card
from workbench.report.chain import chain_tables
from workbench.report.lines import aligned
from workbench.report.numbers import counted, error, form, seconds, times

HEAD = ("tap", "shape", "local", "×", "accum.", "×", "since", "line")
RIGHT = frozenset({2, 3, 4, 5})


def check_report(board: Board, done: CheckDone) -> str:
    """Return the whole check: a table per stage, what ended early, and the loud line last."""
    chain = board.session.chain if board.session else ""
    alone = [state.without(chain) for state in board.stages.values()]
    parts = [stage_table(state) for state in alone if state.inputs]
    return "\n\n".join([*parts, *chain_tables(board), "\n".join([*_build(done), summary(done)])])


def stage_table(state: StageState) -> str:
    """Return one stage's rows, worst over its inputs, under its name, verdict, inputs, what moved and preflight."""
    inputs = ", ".join(state.inputs)
    title = f"{state.verdict.mark} {state.info.name} · {inputs}"
    rows = [_cells(row) for row in state.rows()]
    ended = [f"  {done.input}: {done.reason}" for each in state.inputs.values() if (done := each.done) and done.reason]
    weights = [f"  {finding.line}" for finding in state.preflight]
    moved = [f"  ! {state.moved.line}"] if state.moved else []
    return "\n".join(
        [
            title,
            *moved,
            *weights,
            *aligned(("  tap", *HEAD[1:]), rows, RIGHT),
            *_told(state),
            *_unchecked(state),
            *ended,
        ]
    )


def _build(done: CheckDone) -> list[str]:
    """Return the build's card where it has more than a profile, and what is not as it looks."""
    facts = done.build.card
    told = facts.newest or facts.features or facts.switches
    line = f"build {done.build.label}: " + ", ".join(filter(None, (card(done.build), age(done.build))))
    return [*([line] if told else []), *(f"! {doubt}" for doubt in facts.doubts)]


def _told(state: StageState) -> list[str]:
    """Return what tests say of themselves: they have no columns."""
    return [
        f"  {row.verdict.mark} {row.name}: {row.reason}" for row in state.rows() if row.kind == "test" and row.reason
    ]


def _unchecked(state: StageState) -> list[str]:
    """Return what was not checked and why: of the stage, then of its rows by reason."""
    said = {each.done.unchecked: None for each in state.inputs.values() if each.done and each.done.unchecked}
    silent = [row for row in state.rows() if row.verdict is Verdict.UNCHECKED and row.kind != "test"]
    reasons = Counter(row.reason for row in silent)
    rows = [f"{counted(number, 'row')} unchecked: {reason}" for reason, number in reasons.items()]
    return [f"  {Verdict.UNCHECKED.mark} {sentence}" for sentence in (*said, *rows)]


def summary(done: CheckDone) -> str:
    """Return the last lines of a report: first divergence, then counts."""
    counts = ", ".join(f"{number} {verdict}" for verdict, number in sorted(done.counts.items())) or "no rows"
    line = f"{done.verdict.mark} {done.verdict.value}: {counts} · build {done.build.label} · {seconds(done.seconds)}"
    return "\n".join([*_divergence(done), line])


def place(source: Source | None) -> str:
    """Return `file:line`, or a dash."""
    return source.text if source else "–"


def _divergence(done: CheckDone) -> Iterator[str]:
    if done.doubt:
        yield _doubt(done.doubt)
    if row := done.first:
        said = "first failing test" if row.kind == "test" else "first divergence"
        yield f"✗ {said}: {row.name} ({row.stage} on {row.input}) at {place(row.source)}: {row.reason}"
        if done.by_order:
            yield f"  {BY_ORDER}"
        if done.edited and not (row.source and row.source.edited):
            yield f"  edited since the last build that passed: {', '.join(source.text for source in done.edited)}"


def _doubt(row: Row) -> str:
    return f"? {row.name} ({row.stage} on {row.input}): {row.reason}"


def _cells(row: Row) -> tuple[str, ...]:
    return (
        f"{row.verdict.mark} {row.name}", form(row), *_column(row.local), *_column(row.accumulated),
        row.change.value, place(row.source) if row.verdict is not Verdict.PASS else "",
    )  # fmt: skip


def _column(column: Error | None) -> tuple[str, str]:
    return (error(column.relative), times(column.times_rms)) if column else ("–", "–")

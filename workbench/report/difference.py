"""What `workbench diff` found, as plain text."""

from collections.abc import Iterator, Sequence

from workbench.model.cause import Explanation
from workbench.model.difference import DiffDone, Difference
from workbench.model.verdict import Verdict
from workbench.report.lines import aligned
from workbench.report.numbers import UNBOUNDED, error, seconds, shape, times

HEAD = ("  tensor", "dtype", "shape", "rms", "max", "×", "")
RIGHT = frozenset({3, 4, 5})


def diff_report(rows: Sequence[Difference], done: DiffDone) -> str:
    """Return the table, what is known of a row's cause below the row, and the sum last."""
    head, *lines = aligned(HEAD, map(_cells, rows), RIGHT)
    parts = [line for row, text in zip(rows, lines, strict=True) for line in (text, *_below(row))]
    return "\n".join([head, *parts, "", diff_summary(done)])


def diff_summary(done: DiffDone) -> str:
    """Return the last line: the verdict, the counts, and the largest errors of all tensors over their rms."""
    counts = ", ".join(f"{number} {verdict}" for verdict, number in sorted(done.counts.items()))
    largest = f"largest: rms {error(done.rms)}, max {error(done.max)} of rms"
    return f"{done.verdict.mark} {done.verdict.value}: {counts} · {largest} · {seconds(done.seconds)}"


def _cells(difference: Difference) -> tuple[str, ...]:
    row, unmatched = difference.row, not difference.other_dtype
    column = row.accumulated
    return (
        f"{row.verdict.mark} {row.name}",
        row.dtype if row.dtype == difference.other_dtype else f"{row.dtype} | {difference.other_dtype}".strip(" |"),
        "" if unmatched else shape(row.shape),
        *(("–", "–") if difference.max >= UNBOUNDED else (error(difference.rms), error(difference.max))),
        times(column.times_rms) if column else "–",
        "" if row.verdict is Verdict.PASS else row.reason,
    )  # fmt: skip


def _below(difference: Difference) -> Iterator[str]:
    explanation = difference.explanation
    if explanation and (explanation.cause or explanation.findings):
        yield f"      ↳ {explanation.words}{_proof(explanation, difference.unit)}"


def _proof(explanation: Explanation, unit: str) -> str:
    cause = explanation.cause
    return f" ({times(cause.before.rms)} → {times(cause.after.rms)} × {unit})" if cause else ""

"""What can be copied of a row, as plain text."""

import shlex
from dataclasses import dataclass

from workbench.model.row import Error, Row
from workbench.report import numbers
from workbench.tui.text.detail import values
from workbench.tui.view import View


@dataclass(frozen=True)
class Copy:
    """One thing to copy: its key in the menu, its name for the toast, its text."""

    key: str
    name: str
    text: str


def choices(session: str, row: Row, view: View) -> list[Copy]:
    """Return everything that can be copied while this row is under the cursor."""
    found = [
        Copy("r", "the row as text", row_text(row)),
        Copy("t", "the table as Markdown", table_markdown(view)),
        Copy("c", "the command that repeats this check", check_command(session, row)),
        Copy("a", "the assertion text", assertion(row)),
    ]
    if row.source:
        found.insert(2, Copy("p", "the place in the source", row.source.text))
    return found


def row_text(row: Row) -> str:
    """Return the row in a few lines for a message to somebody."""
    lines = [f"{row.stage} {row.name} {row.dtype} {numbers.form(row)} on {row.input}: {row.verdict.value}"]
    for name, error in (("local", row.local), ("accumulated", row.accumulated)):
        if error:
            lines.append(f"  {name:<11} rms {numbers.error(error.rms)}, {numbers.times(error.times_rms)}× floor")
    lines += [f"  {row.reason}"] if row.reason else []
    lines += [f"  port {row.source.text}"] if row.source else []
    lines += [f"  reference {row.reference_source.text}"] if row.reference_source else []
    return "\n".join(lines)


def table_markdown(view: View) -> str:
    """Return the lines that are shown as a Markdown table."""
    lines = ["| verdict | tap | shape | local | × | accumulated | × |", "|---|---|---|--:|--:|--:|--:|"]
    for line in view.lines:
        row = line.row
        numbers_ = " | ".join([*_cells(row.local), *_cells(row.accumulated)])
        lines.append(f"| {row.verdict.value} | `{line.key}` | {numbers.form(row)} | {numbers_} |")
    return "\n".join(lines)


def _cells(error: Error | None) -> tuple[str, str]:
    return (numbers.error(error.rms), numbers.times(error.times_rms)) if error else ("–", "–")


def check_command(session: str, row: Row) -> str:
    """Return the shell command that makes the same check without screens."""
    words = ["workbench", "check", session, "--stage", row.stage, "--input", row.input]
    return shlex.join(words)


def assertion(row: Row) -> str:
    """Return the error in the words of `torch.testing.assert_close`."""
    error = row.local if row.detail and row.detail.column == "local" else row.accumulated or row.local
    if row.detail is None or error is None:
        return f"AssertionError: {row.name}: {row.reason or row.verdict.value}"
    found = row.detail
    share = 100 * found.differing / found.count if found.count else 0.0
    index = "(" + ", ".join(map(str, found.worst_index)) + ")"
    ref, port = values(found.worst_expected, found.worst_actual)
    return (
        f"AssertionError: Tensor-likes are not close! ({row.stage}, {row.name}, {found.column})\n\n"
        f"Mismatched elements: {found.differing} / {found.count} ({share:.1f}%)\n"
        f"Greatest absolute difference: {error.max:.6g} at index {index} (up to {found.atol:.6g} would pass)\n"
        f"Relative tolerance that would pass: {found.rtol:.6g}\n"
        f"ACTUAL: {port}\nDESIRED: {ref}"
    )

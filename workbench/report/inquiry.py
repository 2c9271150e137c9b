"""A failing row, its cause and what to mend next, as text."""

from collections.abc import Iterator

from workbench.model.cause import Explanation, WhatIf
from workbench.model.row import Row
from workbench.model.verdict import Verdict
from workbench.report.cause import explanation_lines
from workbench.report.numbers import times
from workbench.report.table import place


def inquiry_lines(row: Row, explanation: Explanation | None, what_if: tuple[WhatIf, ...]) -> Iterator[str]:
    """Yield a row, why it fails, what was tried, and what would be left if each of the failing rows were mended."""
    said = row.reason or row.verdict.value
    yield f"{row.verdict.mark} {row.name} ({row.stage} on {row.input}) at {place(row.source)}: {said}"
    if row.verdict is not Verdict.FAIL:
        return
    if explanation is None:
        yield "  not explained: it has no error of its own that could be measured"
    else:
        yield from (f"  {line}" for line in explanation_lines(explanation))
        yield f"  tried: {explanation.tried} changes"
        if explanation.ruled_out:
            yield f"  ruled out: {', '.join(explanation.ruled_out)}"
    if what_if:
        yield "  what mending one row would leave (its own error taken away, what it inherits kept)"
    yield from map(what_if_line, what_if)


def what_if_line(each: WhatIf) -> str:
    """Return what one row's mending would do."""
    return (
        f"  if {each.tap} alone were mended, {each.output} would be off by {times(each.then)}×"
        f" instead of {times(each.now)}× floor"
    )

"""What `workbench listen` found, as plain text."""

from collections.abc import Sequence
from typing import Protocol

from workbench.model.verdict import Verdict
from workbench.report.lines import aligned


class Facet(Protocol):
    """One number of a sound in words; `over` says why it is wrong."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def said(self) -> str: ...  # noqa: D102
    @property
    def over(self) -> str: ...  # noqa: D102


def sounds_report(facets: Sequence[Facet]) -> str:
    """Return a line for each number, wrong ones with the reason, and the sum."""
    wrong = sum(bool(facet.over) for facet in facets)
    verdict = Verdict.FAIL if wrong else Verdict.PASS
    _, *lines = aligned(("", "", ""), [_cells(facet) for facet in facets], frozenset())
    counts = f"{wrong} of {len(facets)} are off" if wrong else "B is A to within 16-bit rounding"
    return "\n".join([*lines, "", f"{verdict.mark} {verdict.value}: {counts}"])


def _cells(facet: Facet) -> tuple[str, ...]:
    verdict = Verdict.FAIL if facet.over else Verdict.PASS
    return f"{verdict.mark} {facet.name}", facet.said, facet.over

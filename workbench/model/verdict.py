"""Verdicts, their order of severity and the marks that stand for them where colour is missing."""

from enum import StrEnum


class Verdict(StrEnum):
    """The judgement on one row, one stage or one check."""

    PASS = "pass"
    LIMITED = "limited"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    STALE = "stale"
    UNCHECKED = "unchecked"

    @property
    def mark(self) -> str:
        """One character that carries the verdict without colour."""
        return MARKS[self]

    @property
    def severity(self) -> int:
        """Rank for "the worst of": a FAIL outranks everything."""
        return SEVERITY.index(self)


MARKS = {
    Verdict.PASS: "●",
    Verdict.LIMITED: "◐",
    Verdict.FAIL: "✗",
    Verdict.INCONCLUSIVE: "?",
    Verdict.STALE: "~",
    Verdict.UNCHECKED: "○",
}

SEVERITY = (
    Verdict.UNCHECKED,
    Verdict.PASS,
    Verdict.STALE,
    Verdict.LIMITED,
    Verdict.INCONCLUSIVE,
    Verdict.FAIL,
)


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return the most severe verdict; UNCHECKED when there is none."""
    return max(verdicts, key=lambda verdict: verdict.severity, default=Verdict.UNCHECKED)

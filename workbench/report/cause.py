"""Causes in words, each with its proof."""

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.model.cause import Cause, Explanation
from workbench.report.numbers import times

SHOWN = 4
"""Causes that are written out; the likeliest come first."""

WORDINGS = 3
"""Other words for one cause that are written out."""


@dataclass(frozen=True)
class Entry:
    """One thing that is known of why a row fails; `proof` and `place` are those of a cause."""

    label: str
    words: str
    proof: str = ""
    place: str = ""

    @property
    def line(self) -> str:
        """The entry in one line."""
        told = "  ".join(filter(None, (self.words, self.proof)))
        return f"{self.label}: {told}" + (f" · {self.place}" if self.place else "")


def proof(cause: Cause) -> str:
    """Return what a cause does to the error."""
    return f"{times(cause.before.rms)}× → {times(cause.after.rms)}× floor"


def cause_entry(cause: Cause, first: bool = True) -> Entry:
    """Return a cause with its proof and its line in the reference."""
    return Entry("cause" if first else "or", cause.words, proof(cause), cause.python.text if cause.python else "")


def entries(explanation: Explanation) -> Iterator[Entry]:
    """Yield every cause, then what else was seen and tried; where there is none, what was ruled out."""
    for index, cause in enumerate(explanation.causes[:SHOWN]):
        yield cause_entry(cause, index == 0)
        for other in cause.also[:WORDINGS]:
            yield Entry("the same as", other.words, place=other.python.text if other.python else "")
    if len(explanation.causes) > SHOWN:
        yield Entry("or", f"{len(explanation.causes) - SHOWN} more")
    if not explanation.causes:
        tried = f"{explanation.tried} changes were tried, of {len(explanation.ruled_out)} kinds"
        yield Entry("not explained", tried)
    yield from (Entry("seen", finding.words) for finding in explanation.findings)
    if explanation.nearest:
        words, left = explanation.nearest
        rest = f"{words}, leaves {times(left)}× floor"
        yield Entry("nearest", f"of {explanation.tried} others, {rest}" if explanation.causes else rest)


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """Yield the entries as lines."""
    return (entry.line for entry in entries(explanation))

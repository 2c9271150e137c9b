"""Causes in words, each with its proof."""

from collections.abc import Iterator

from workbench.model.cause import Cause, Explanation
from workbench.report.numbers import times

SHOWN = 4
"""Causes that are written out; the likeliest come first."""


def proof(cause: Cause) -> str:
    """Return what a cause does to the error, and where it is in the reference."""
    place = f" · {cause.python.text}" if cause.python else ""
    return f"{times(cause.before.rms)}× → {times(cause.after.rms)}× floor{place}"


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """Yield every cause with its proof, then what else was tried; where there is none, what was ruled out."""
    for cause in explanation.causes[:SHOWN]:
        yield f"cause: {cause.words}  {proof(cause)}"
    if len(explanation.causes) > SHOWN:
        yield f"and {len(explanation.causes) - SHOWN} more that say the same in other words"
    if not explanation.causes:
        yield f"not explained: {explanation.tried} changes were tried, of {len(explanation.ruled_out)} kinds"
    yield from (finding.words for finding in explanation.findings)
    if explanation.nearest:
        words, left = explanation.nearest
        rest = f"of {explanation.tried} others the nearest" if explanation.causes else "the nearest"
        yield f"{rest}, “{words}”, leaves {times(left)}× floor"

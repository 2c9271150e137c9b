"""What a save did to a row."""

from dataclasses import dataclass, replace

from workbench.model.row import Change, Row
from workbench.model.verdict import Verdict

NOTABLE = 1.5
"""A ratio of × floor below this is no change: another summation order moves it as much."""

GOOD = (Verdict.PASS,)
BAD = (Verdict.FAIL, Verdict.INCONCLUSIVE)


@dataclass(frozen=True)
class Before:
    """A row as the check before left it, and its × floor over the last checks, oldest first.

    `build` is the id of the build that was checked ("" in an earlier session), `earlier` the row of the build before.
    """

    verdict: Verdict
    times: float
    history: tuple[float, ...] = ()
    build: str = ""
    earlier: "Before | None" = None


def following(before: Before | None, row: Row, build: str) -> Before:
    """Return what to remember of a row that was judged after `before`."""
    earlier = before
    if before:
        earlier = before.earlier if before.build == build else replace(before, earlier=None)
    return Before(row.verdict, row.times, row.history, build, earlier)


def compared_with(before: Before | None, row: Row, build: str) -> Before | None:
    """Return what a row of a build is held against: a check of the same build that repeats a verdict ends no news."""
    again = before is not None and before.build == build and before.verdict is row.verdict
    return (before.earlier or before) if before and again else before


def change(before: Before | None, row: Row) -> Change:
    """Return what happened to the row since the check before; NEW when that did not have it."""
    if before is None:
        return Change.NEW
    if before.verdict in BAD and row.verdict in GOOD:
        return Change.FIXED
    if before.verdict not in BAD and row.verdict is Verdict.FAIL:
        return Change.BROKEN
    if max(before.times, row.times) <= 1.0:
        return Change.NONE
    if row.times > before.times * NOTABLE:
        return Change.WORSE
    return Change.BETTER if before.times > row.times * NOTABLE else Change.NONE

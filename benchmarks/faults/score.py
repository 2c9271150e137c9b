"""What was said of a fault, held against the key."""

from dataclasses import dataclass

from benchmarks.faults.chained import Failed
from benchmarks.faults.fault import Answer, Fault
from benchmarks.faults.planting import Said
from workbench.report.numbers import times

NOTHING = "–"


@dataclass(frozen=True)
class Score:
    """One line of the table; `place` is the rank of the right cause among those that reach the floor, 0 for none.

    Seconds are from the save, `named` those to the right cause as it was streamed.
    """

    name: str
    about: str
    stage: str
    layer: bool
    tap: str
    place: int
    causes: int
    cause_asked: bool
    words: str
    table: float
    named: float | None
    peers: dict[str, str]
    """By rule, the first tap that fails on any input; NOTHING where none does."""
    right: dict[str, bool]
    """By rule, whether that tap is the key's."""


def score(name: str, fault: Fault, answer: Answer, said: Said) -> Score:
    """Hold what was said against the answer."""
    causes = said.explanation.causes if said.explanation else tuple(each.cause for each in said.causes)
    right = [place for place, cause in enumerate(causes, 1) if answer.names(cause)]
    # A cause may be streamed in other words than those that it is told in at the end.
    words = {each.words for cause in causes if answer.names(cause) for each in (cause, *cause.also)}
    named = [each.at - said.begun for each in said.causes if each.cause.words in words]
    tap = said.first.name if said.first else NOTHING
    peers = first_failing(said.peers)
    return Score(
        name, fault.about, fault.stage, tap == answer.tap, tap,
        right[0] if right else 0, len(causes), bool(answer.family),
        causes[0].words if causes else _unexplained(said), said.seconds, named[0] if named else None,
        peers, {rule: first == answer.tap for rule, first in peers.items()},
    )  # fmt: skip


def first_failing(peers: Failed) -> dict[str, str]:
    """Return by rule the first tap that fails: of several inputs the one that fails soonest speaks."""
    found: dict[str, str] = {}
    for rule in next(iter(peers.values()), {}):
        places = {name: place for taps in peers.values() for name, place in taps[rule].items()}
        found[rule] = min(places, key=places.__getitem__, default=NOTHING)
    return found


def _unexplained(said: Said) -> str:
    if said.first is None:
        return "nothing was wrong"
    if said.explanation is None:
        return said.first.reason or "the search did not end in time"
    nearest = said.explanation.nearest
    words = said.explanation.words
    return f"{words}; nearest: {nearest[0]} ({times(nearest[1])}× floor)" if nearest else words

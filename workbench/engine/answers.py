"""What the reference worker's search says, in the words of the model."""

from dataclasses import dataclass
from typing import Any

from workbench.engine.places import Places
from workbench.model.cause import Cause, CauseKind, Explanation, Remaining, Wording
from workbench.model.row import Row, Source


@dataclass(frozen=True)
class Answers:
    """Answers of the search for the cause of `row`."""

    row: Row
    places: Places

    def cause(self, answer: dict[str, Any], tried: int, runner_up: float | None = None) -> Cause:
        """Return a candidate as a cause."""
        first = self._wording(answer)
        return Cause(
            kind=CauseKind.MUTATION, family=first.family, words=first.words,
            before=Remaining(**answer["before"]), after=Remaining(**answer["after"]), tried=tried,
            constant="" if first.value is None else f"{first.value:g}", value=first.value, runner_up=runner_up,
            python=first.python, rust=self.row.source, also=tuple(map(self._wording, answer["also"])),
        )  # fmt: skip

    def _wording(self, answer: dict[str, Any]) -> Wording:
        scope = "" if answer["scope"] == "one site" else f" ({answer['scope']})"
        place = Source(self.places.shown(answer["file"]), answer["line"])
        return Wording(answer["family"], f"{answer['words']}{scope}", answer["constant"], place)

    def explanation(self, answer: dict[str, Any]) -> Explanation:
        """Return the last answer."""
        nearest = answer["runner_up"]
        left = nearest["after"]["rms"] if nearest else None
        return Explanation(
            causes=tuple(self.cause(each, answer["tried"], left) for each in answer["causes"]),
            tried=answer["tried"],
            ruled_out=() if answer["causes"] else tuple(sorted(answer["families"])),
            nearest=(nearest["words"], left) if nearest and left is not None else None,
        )

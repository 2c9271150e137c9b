"""Which parts of a large stage are worth a look before the whole of it runs."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import PurePath

WORTH_A_LOOK = 1.0
"""Seconds of a stage on one input below which the whole stage is as soon there as a part of it."""


@dataclass
class Seen:
    """What earlier checks saw of a stage: its parts, how long it took on one input, its taps' files, its faults."""

    parts: tuple[str, ...] = ()
    seconds: float = 0.0
    files: dict[str, str] = field(default_factory=dict)
    failed: frozenset[str] = frozenset()

    def distance(self, edited: Collection[str]) -> int:
        """Return how near the stage is to the edited files, 0 the nearest.

        A tap comes from one of them; a tap comes from the same folder; something failed the last time; none of it.
        """
        own = {*self.files.values()}
        if own & {*edited}:
            return 0
        if {str(PurePath(file).parent) for file in own} & {str(PurePath(file).parent) for file in edited}:
            return 1
        return 2 if self.failed else 3

    def first_look(self, edited: Collection[str]) -> list[str]:
        """Return parts in execution order: of each kind the first that the edited files reach, and the first failed.

        Parts are of one kind when their taps have the same names within them. Where no tap comes from an edited file
        (it holds a helper that others call), every kind is looked at.
        """
        if self.seconds < WORTH_A_LOOK:
            return []
        taps = {part: self._taps(part) for part in self.parts}
        reached = [part for part in self.parts if any(self.files[part + name] in edited for name in taps[part])]
        kinds = {taps[part]: part for part in reversed(reached or self.parts)}
        wrong = [part for part in self.parts if any(part + name in self.failed for name in taps[part])]
        chosen = {*kinds.values(), *wrong[:1]}
        return [part for part in self.parts if part in chosen]

    def part_of(self, tap: str) -> str:
        """Return the part that a tap lies in, where the stage is slow enough for that to matter; else nothing."""
        inside = (part for part in self.parts if tap == part or tap.startswith(f"{part}."))
        return next(inside, "") if self.seconds >= WORTH_A_LOOK else ""

    def _taps(self, part: str) -> tuple[str, ...]:
        """The names of a part's taps without the part's own."""
        return tuple(name.removeprefix(part) for name in self.files if name == part or name.startswith(f"{part}."))

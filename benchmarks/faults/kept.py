"""What was found so far, on disk: a run of some faults replaces their lines of the page and leaves all others."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from benchmarks.faults.chained import Failed
from benchmarks.faults.score import Score
from tests.workspace import REPOSITORY
from workbench.model.row import Row
from workbench.model.verdict import Verdict

FILE = REPOSITORY / ".workbench" / "faults.json"


@dataclass(frozen=True)
class Clean:
    """A stage of the port as it is: how many rows it has, how many of them fail, and how many by each peer's rule."""

    rows: int
    alarms: int
    failing: dict[str, int]

    @staticmethod
    def of(rows: list[Row], peers: Failed) -> "Clean":
        """Count."""
        rules = {rule for taps in peers.values() for rule in taps}
        failing = {rule: sum(len(taps[rule]) for taps in peers.values()) for rule in sorted(rules)}
        return Clean(len(rows), sum(row.verdict is Verdict.FAIL for row in rows), failing)


@dataclass
class Found:
    """By stage the port as it is, by fault what was said of it."""

    clean: dict[str, Clean] = field(default_factory=dict)
    scores: dict[str, Score] = field(default_factory=dict)

    def keep(self, path: Path = FILE) -> None:
        """Write it, whole or not at all."""
        path.parent.mkdir(exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_bytes(msgspec.json.encode(self))
        draft.replace(path)


def found(path: Path = FILE) -> Found:
    """Return what is kept; nothing where nothing is, or not in this form."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Found)
    except (OSError, msgspec.MsgspecError):
        return Found()

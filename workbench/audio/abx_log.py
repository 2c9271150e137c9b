"""What is left of an ABX run: enough to repeat it and to doubt it."""

from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from workbench.audio.abx import Abx, Answer, Outcome
from workbench.model.listening import Pair


class Conditions(Struct, frozen=True):
    """What was applied while it was listened to."""

    applied: tuple[str, ...] = ()
    """Such as `B by -1.2 dB`, `B 3 frames later`."""
    loop: tuple[int, int] | None = None
    device: str = ""
    latency: float = 0.0
    underflows: int = 0


class AbxLog(Struct, frozen=True):
    """The file. Seed, draws and score stand in it only once the run is over; without them it was never finished."""

    workbench: str
    begun: str
    title: str
    names: tuple[str, str]
    notes: tuple[str, str]
    sha256: tuple[str, str]
    """Of the float32 samples, little-endian."""
    rate: int
    switching: str
    trials: int
    needed: int
    conditions: Conditions
    answers: tuple[Answer, ...]
    outcome: Outcome | None = None
    finding: str = ""


def digest(samples: Path) -> str:
    """Return the SHA-256 of a signal's .npy file's samples."""
    return sha256(np.ascontiguousarray(np.load(samples), dtype="<f4").tobytes()).hexdigest()


class Record:
    """Writes a run's log again after every answer, so that a run that is broken off is in it too."""

    def __init__(self, path: Path, pair: Pair, begun: str) -> None:
        """`begun` is ISO 8601. Reads both signals for their digests."""
        self._path, self._pair, self._begun = path, pair, begun
        self._digests = (digest(pair.a.samples), digest(pair.b.samples))

    def write(self, run: Abx, conditions: Conditions) -> None:
        """Write the run as it stands, whole or not at all. Raises OSError."""
        a, b = self._pair.a, self._pair.b
        outcome = run.outcome() if run.over else None
        log = AbxLog(
            workbench=version("workbench"), begun=self._begun, title=self._pair.title, names=(a.name, b.name),
            notes=(a.note, b.note), sha256=self._digests, rate=a.rate, switching="10 ms linear crossfade",
            trials=run.trials, needed=run.needed, conditions=conditions, answers=run.answers, outcome=outcome,
            finding=outcome.sentence if outcome else "",
        )  # fmt: skip
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(f"{self._path.name}.new")
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(log), indent=2))
        temporary.replace(self._path)

"""The one stream of typed records that screens, commands, history and reports read."""

import time

import msgspec

from workbench.model.build import Build, Diagnostic
from workbench.model.cause import Cause, Explanation, WhatIf
from workbench.model.figure import Figure
from workbench.model.row import Row, Source
from workbench.model.verdict import Verdict


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", omit_defaults=True, gc=False):
    """A fact, stamped with its moment (Unix seconds) and the generation that it belongs to."""

    generation: int = 0
    at: float = msgspec.field(default_factory=time.time)


class StageInfo(msgspec.Struct, frozen=True):
    """A stage as the screens list it; `sounds` are its outputs that can be heard."""

    name: str
    inputs: tuple[str, ...]
    after: tuple[str, ...] = ()
    sounds: tuple[str, ...] = ()


class SessionOpened(Event, frozen=True, tag=True):
    """A session was loaded; `root` is the workspace that source paths are relative to.

    `chain` is the input of the rows that belong to the session's chain (empty without one), `linked` its stages.
    """

    name: str
    size: str
    root: str
    stages: tuple[StageInfo, ...]
    chain: str = ""
    linked: tuple[str, ...] = ()


class StateChanged(Event, frozen=True, tag=True):
    """The loop moved: `idle`, `settling`, `vcs`, `building`, `capturing`, `checking`, `paused`, `stopped`."""

    state: str


class Notice(Event, frozen=True, tag=True):
    """A sentence for the user; `level` is `info`, `warning` or `error`."""

    text: str
    level: str = "info"


class Progress(Event, frozen=True, tag=True):
    """How far a long task is; `total` 0 means unknown. `task` is `setup`, `build`, `capture`, `check` or
    `explain`."""

    task: str
    label: str
    done: int
    total: int = 0


class BuildStarted(Event, frozen=True, tag=True):
    """A build began; `edited` are the changed files that caused it."""

    package: str
    edited: tuple[str, ...] = ()


class DiagnosticReady(Event, frozen=True, tag=True):
    """The compiler said something."""

    diagnostic: Diagnostic


class BuildDone(Event, frozen=True, tag=True):
    """An artifact is ready and kept."""

    build: Build


class BuildFailed(Event, frozen=True, tag=True):
    """No artifact: the compiler's errors went before, or `reason` says what else was wrong."""

    reason: str
    seconds: float = 0.0


class BuildCancelled(Event, frozen=True, tag=True):
    """A newer save or a key ended the build."""


class CheckStarted(Event, frozen=True, tag=True):
    """One build is about to be run on the captures of these stages."""

    build: Build
    stages: tuple[str, ...]


class PreflightFinding(msgspec.Struct, frozen=True, gc=False):
    """A sentence on a stage's weights; `level` is `error` for what the reference uses, else `warning`."""

    text: str
    level: str = "warning"

    @property
    def line(self) -> str:
        """The sentence with its mark."""
        return f"{'✗' if self.level == 'error' else '!'} {self.text}"


class Preflight(Event, frozen=True, tag=True):
    """The port has loaded a stage: what its checkpoint, the reference and the keys that it read say of each other.

    Without findings either all is well, or the build cannot tell which keys it reads.
    """

    stage: str
    findings: tuple[PreflightFinding, ...] = ()


SHOWN = 3
"""How much of what moved is said."""


class ReferenceMoved(Event, frozen=True, tag=True):
    """The reference of a stage is not what the last check went by; `since` is that check's date and minute."""

    stage: str
    what: tuple[str, ...]
    since: str

    @property
    def line(self) -> str:
        """The sentence that is said before the port is blamed."""
        more = f" and {len(self.what) - SHOWN} more" if len(self.what) > SHOWN else ""
        return f"the reference moved since the check of {self.since}: {', '.join(self.what[:SHOWN])}{more}"


class StageStarted(Event, frozen=True, tag=True):
    """A stage begins on one input; `rows` is how many are expected, 0 when unknown."""

    stage: str
    input: str
    rows: int = 0


class RowReady(Event, frozen=True, tag=True):
    """A row was judged; the same row may come again with its second column."""

    row: Row


class StageDone(Event, frozen=True, tag=True):
    """A stage ended on one input; `reason` speaks where there are no rows to do so (a crash, a time-out).

    `unchecked` says what this kind of native side cannot be checked for.
    """

    stage: str
    input: str
    verdict: Verdict
    seconds: float
    reason: str = ""
    stderr: str = ""
    unchecked: str = ""


BY_ORDER = "by order alone, weaker evidence: nothing could be put in"
"""What is said beside such a first divergence."""


class CheckDone(Event, frozen=True, tag=True):
    """Every selected stage was judged.

    `first` is the first divergence; where no row fails, `doubt` is the first that proves nothing. `by_order` says that
    its stage has no local column, so that it is the first in order and nothing more. `counts` has the rows by verdict;
    `edited` are the lines that differ from the last build that passed.
    """

    build: Build
    verdict: Verdict
    seconds: float
    first: Row | None = None
    by_order: bool = False
    doubt: Row | None = None
    counts: dict[str, int] = {}
    edited: tuple[Source, ...] = ()


class AfterGreen(Event, frozen=True, tag=True):
    """A command that runs once everything passes has ended; `problem` says why it gave nothing."""

    build: Build
    name: str
    seconds: float
    figure: Figure | None = None
    problem: str = ""


class ExplainStarted(Event, frozen=True, tag=True):
    """The cause of a row's own error is being looked for."""

    row: Row


class CauseFound(Event, frozen=True, tag=True):
    """A change that takes the error of a row to the floor; there may be others."""

    row: Row
    cause: Cause


class Explained(Event, frozen=True, tag=True):
    """All that there is to say of why a row fails."""

    row: Row
    explanation: Explanation
    seconds: float


class ExplainCancelled(Event, frozen=True, tag=True):
    """A save, a key or an error ended the search before it had an answer."""

    row: Row


class Ranked(Event, frozen=True, tag=True):
    """What would be left at the end of a stage if one row were mended, the row whose mending helps most first."""

    stage: str
    input: str
    what_if: tuple[WhatIf, ...]


class Exported(Event, frozen=True, tag=True):
    """A row's tensors were written to a folder, with a script that compares them."""

    row: Row
    folder: str


class Stale(Event, frozen=True, tag=True):
    """The rows of a stage no longer speak of the present; `reason` names what moved."""

    stage: str
    reason: str


class Broken(Event, frozen=True, tag=True):
    """The set-up is broken and the loop waits for the user; one sentence."""

    text: str


AnyEvent = (
    SessionOpened | StateChanged | Notice | Progress | BuildStarted | DiagnosticReady | BuildDone | BuildFailed
    | BuildCancelled | CheckStarted | Preflight | ReferenceMoved | StageStarted | RowReady | StageDone | CheckDone
    | AfterGreen | ExplainStarted | CauseFound | Explained | ExplainCancelled | Ranked | Exported | Stale | Broken
)  # fmt: skip

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode(event: Event) -> bytes:
    """Return the event as one line of JSON without the newline."""
    return _encoder.encode(event)


def decode(line: bytes | str) -> AnyEvent:
    """Return the event that a line of JSON holds; raises msgspec.ValidationError or DecodeError."""
    return _decoder.decode(line)

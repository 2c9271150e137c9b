"""What the native worker says of one stage on one input, folded into rows and one verdict."""

from time import monotonic

from workbench.compare.floor import FLOATS
from workbench.engine.capture_files import Capture, set_digest
from workbench.engine.context import Context
from workbench.engine.kept_outputs import make_room
from workbench.engine.table import Table
from workbench.engine.unable import unchecked
from workbench.model.events import RowReady, StageDone, StageStarted
from workbench.model.row import Row
from workbench.model.session import Stage
from workbench.model.verdict import Verdict, worst
from workbench.native.protocol import (
    Exited,
    Heard,
    Held,
    Loaded,
    Margin,
    Message,
    Missing,
    RunDone,
    RunName,
    StageFailed,
    TapCompared,
)

SIGNALS = {"SIGSEGV": "crashed (segmentation fault)", "SIGABRT": "aborted", "SIGKILL": "was killed"}


class StageRun:
    """Takes the messages of one or two runs; `conclude` judges them.

    `upstream` is given in a chain: the first row of an earlier stage that is off, empty where none is.

    `digest` names the set of injected taps that the local column is judged by, `seconds` is how long the longest run
    took, `files` are the source files of the port's taps, `done` is how it ended. `outputs_in` is the file that a stage
    which can be heard keeps its outputs in.
    """

    def __init__(self, config: Stage, capture: Capture, context: Context, upstream: str | None = None) -> None:
        self._config, self._context = config, context
        self.capture = capture
        self.input = capture.manifest.input
        self.bytes = (capture.folder / "reference.safetensors").stat().st_size
        self.digest = capture.newest_injected()
        self.table = Table(config, capture, self.digest, context, upstream)
        self.done: StageDone | None = None
        self.files: dict[str, str] = {}
        self.seconds = 0.0
        self._started = 0.0
        self._names: tuple[str, ...] = ()
        self._missing: set[str] = set()
        self._published: dict[str, Row] = {}
        self._loaded: Loaded | None = None
        self._last_tap = ""
        self._injects = True
        self.completed = True
        self.reason, self.stderr = "", ""
        self.outputs_in = make_room(context.build, capture) if config.sounds or config.hear else ""
        self.messages: list[Message] = []

    @property
    def kinds(self) -> tuple[RunName, ...]:
        """The runs that there are captures for; the one that names the wrong layer first."""
        return ("injected", "free") if self.digest else ("free",)

    def start(self) -> None:
        """Say, the first time, that the stage runs on this input from now on."""
        if self._started:
            return
        self._started = monotonic()
        manifest = self.capture.manifest
        self._context.emit(
            StageStarted(
                generation=self._context.generation, stage=manifest.stage, input=self.input, rows=len(manifest.taps)
            )
        )  # fmt: skip

    def take(self, message: Message) -> None:
        """Fold one message in and publish the row that it changed, if it changed one."""
        self.messages.append(message)
        match message:
            case TapCompared() if message.kind == "output" or self._config.taps(message.name):
                self._last_tap = message.name
                self.files[message.name] = message.file
                self._publish(self.table.take(message))
            case RunDone():
                self._names = tuple(filter(self._config.taps, message.names))
                self._injects = self._injects and message.injects
                self.seconds = max(self.seconds, message.seconds)
            case Margin():
                self.table.margin(message)
            case Held():
                self.table.held(message)
            case Heard():
                self.table.heard(message)
            case Missing():
                self._missing |= set(message.names)
            case Loaded():
                self._loaded = message
            case StageFailed():
                self.fail(message.error)
            case Exited():
                self._exited(message)

    @property
    def injectable(self) -> list[str]:
        """The float taps that both sides have: those that R32 is put in at, on both. None without a floor."""
        if not self.capture.manifest.floored or not self._injects:
            return []
        known = {tap.name for tap in self.capture.manifest.taps if tap.dtype in FLOATS and tap.kind != "output"}
        return [name for name in self._names if name in known]

    @property
    def wants_injection(self) -> bool:
        """Whether R64′ was not yet made for the taps that the port has."""
        return self.completed and bool(self.injectable) and set_digest(self.injectable) != self.digest

    def use_injected(self, digest: str) -> None:
        """Judge the local column by another set of injected taps."""
        self.digest = digest
        self.table.use_injected(digest)

    def conclude(self) -> None:
        """Judge every row once more with all columns known, add the taps that never came, and say the verdict."""
        if not self._injects:
            # A capture may have injected tensors from another build, which took them.
            self.use_injected("")
        if self.completed and self._loaded:
            self.table.missing(sorted(self._missing), frozenset(self._loaded.keys), self._loaded.layers)
        if lost := set(self._names) - {row.name for row in self.rows}:
            self.fail(f"{len(lost)} taps came and were not compared, `{min(lost)}` first; the workbench lost them")
        for row in self.table.finish():
            self._publish(row)
        seconds = monotonic() - self._started if self._started else 0.0
        self.done = StageDone(
            generation=self._context.generation, stage=self.capture.manifest.stage, input=self.input,
            verdict=self.verdict, reason=self.reason, stderr=self.stderr, seconds=seconds,
            unchecked=self._unchecked(),
        )  # fmt: skip
        self._context.emit(self.done)

    def _unchecked(self) -> str:
        tapped = bool(self._names) or all(tap.kind == "output" for tap in self.capture.manifest.taps)
        return unchecked(self._context.build.runs, self._injects, tapped) if self.completed else ""

    def _publish(self, row: Row) -> None:
        """Emit a row unless it was emitted as it is."""
        if self._published.get(row.name) != row:
            self._published[row.name] = row
            self._context.emit(RowReady(generation=self._context.generation, row=row))

    @property
    def rows(self) -> list[Row]:
        """The judged rows in execution order."""
        return self.table.rows

    @property
    def verdict(self) -> Verdict:
        """The stage's verdict: what ended it early, else its worst row, else FAIL since nothing was compared."""
        if not self.completed:
            return Verdict.FAIL
        verdict = worst([row.verdict for row in self.rows])
        if verdict is Verdict.UNCHECKED:
            self.reason = self.reason or "no tap and no output of the port could be compared"
            return Verdict.FAIL
        return verdict

    def fail(self, reason: str) -> None:
        """Give the stage up on this input; the first reason stays."""
        self.completed = False
        self.reason = self.reason or reason

    def _exited(self, message: Exited) -> None:
        if message.status or not self.stderr:
            self.stderr = message.stderr
        after = f" after `{self._last_tap}`" if self._last_tap else " before its first tap"
        if message.timed_out:
            self.fail(f"no end within {self._config.time_limit:g} s, stopped{after}; a time limit is `time_limit`")
        elif message.cancelled:
            self.fail("cancelled")
        elif message.lost:
            self.fail(f"the native worker was lost{after}")
        elif message.status < 0:
            self.fail(f"{SIGNALS.get(message.signal, f'ended by {message.signal}')}{after}")
        elif message.status > 0:
            self.fail(f"exited with status {message.status}{after}")

"""What the native worker says of one stage on one input, folded into rows and one verdict."""

from workbench.engine.capture_files import Capture
from workbench.engine.context import Context
from workbench.engine.table import FLOATS, Table
from workbench.model.events import RowReady
from workbench.model.row import Row
from workbench.model.session import Stage
from workbench.model.verdict import Verdict, worst
from workbench.native.protocol import Exited, Loaded, Message, Missing, RunDone, StageFailed, TapCompared

SIGNALS = {"SIGSEGV": "crashed (segmentation fault)", "SIGABRT": "aborted", "SIGKILL": "was killed"}


class StageRun:
    """Takes the messages of one or two runs; `conclude` judges them."""

    def __init__(self, config: Stage, capture: Capture, digest: str, context: Context) -> None:
        self._config, self._capture, self._context = config, capture, context
        self.table = Table(config, capture, digest, context)
        self._names: tuple[str, ...] = ()
        self._missing: set[str] = set()
        self._published: dict[str, Row] = {}
        self._loaded: Loaded | None = None
        self._last_tap = ""
        self.completed = True
        self.reason, self.stderr = "", ""

    def take(self, message: Message) -> None:
        """Fold one message in and publish the row that it changed, if it changed one."""
        match message:
            case TapCompared():
                self._last_tap = message.name
                self._publish(self.table.take(message))
            case RunDone():
                self._names = message.names
            case Missing():
                self._missing |= set(message.names)
            case Loaded():
                self._loaded = message
            case StageFailed():
                self._fail(message.error)
            case Exited():
                self._exited(message)

    def injectable(self) -> list[str]:
        """Return the float taps that both sides have: those that R32 is put in at, on both."""
        known = {tap.name for tap in self._capture.manifest.taps if tap.dtype in FLOATS and tap.kind != "output"}
        return [name for name in self._names if name in known]

    def conclude(self) -> None:
        """Judge every row once more with all columns known, and add the taps that never came."""
        if self.completed and self._loaded:
            self.table.missing(sorted(self._missing), frozenset(self._loaded.keys), self._loaded.layers)
        for row in self.table.finish():
            self._publish(row)

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

    def _fail(self, reason: str) -> None:
        self.completed = False
        self.reason = self.reason or reason

    def _exited(self, message: Exited) -> None:
        self.stderr = message.stderr
        after = f" after `{self._last_tap}`" if self._last_tap else " before its first tap"
        if message.timed_out:
            self._fail(f"no end within {self._config.time_limit:g} s, stopped{after}; a time limit is `time_limit`")
        elif message.cancelled:
            self._fail("cancelled")
        elif message.lost:
            self._fail(f"the native worker was lost{after}")
        elif message.status < 0:
            self._fail(f"{SIGNALS.get(message.signal, f'ended by {message.signal}')}{after}")
        elif message.status > 0:
            self._fail(f"exited with status {message.status}{after}")

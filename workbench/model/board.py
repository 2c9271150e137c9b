"""What the event stream says so far: the state that every screen and report draws from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from workbench.model import events as ev
from workbench.model.build import Build, Diagnostic
from workbench.model.cause import Cause, WhatIf
from workbench.model.row import Row
from workbench.model.verdict import Verdict, worst


@dataclass
class InputState:
    """One stage on one input: its rows by tap, and how it ended."""

    generation: int = 0
    rows: dict[str, Row] = field(default_factory=dict)
    row_generations: dict[str, int] = field(default_factory=dict)
    expected: int = 0
    done: ev.StageDone | None = None

    def place(self, row: Row) -> tuple[int, int]:
        """Return when a row's tap came, and which of the tap's rows it is."""
        tap = self.rows.get(row.of, row)
        return tap.order, row.order - tap.order


@dataclass
class StageState:
    """One stage over all its inputs."""

    info: ev.StageInfo
    inputs: dict[str, InputState] = field(default_factory=dict)
    stale: str = ""
    preflight: tuple[ev.PreflightFinding, ...] = ()
    moved: ev.ReferenceMoved | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its inputs."""
        if self.stale:
            return Verdict.STALE
        return worst([state.done.verdict for state in self.inputs.values() if state.done])

    def without(self, name: str) -> "StageState":
        """Return the stage as it is on its other inputs."""
        return replace(self, inputs={each: state for each, state in self.inputs.items() if each != name})

    def rows(self, only_input: str | None = None) -> list[Row]:
        """Return one row per tap in execution order: that input's, or the worst over all inputs.

        An input may leave taps out; a tap stands where it comes on the input that has most before it.
        """
        chosen: dict[str, tuple[tuple[int, int, float], Row]] = {}
        places: dict[str, tuple[int, int]] = {}
        for name, state in self.inputs.items():
            if only_input in (None, name):
                for row in state.rows.values():
                    rank = (state.row_generations[row.name], row.verdict.severity, row.times)
                    if row.name not in chosen or rank > chosen[row.name][0]:
                        chosen[row.name] = rank, row
                    places[row.name] = max(state.place(row), places.get(row.name, (0, 0)))

        def place(row: Row) -> tuple[int, int]:
            tap = places.get(row.of, (0, 0))[0]
            return max(tap, places[row.name][0]), places[row.name][1]

        return sorted((row for _, row in chosen.values()), key=place)


@dataclass
class Board:
    """Everything that is shown; `apply` takes the events in the order of the stream."""

    session: ev.SessionOpened | None = None
    stages: dict[str, StageState] = field(default_factory=dict)
    state: str = "idle"
    generation: int = 0
    build_generation: int = 0
    check_generation: int = 0
    checking: tuple[str, ...] = ()
    build: Build | None = None
    building: str = ""
    build_failed: ev.BuildFailed | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    check: ev.CheckDone | None = None
    progress: dict[str, ev.Progress] = field(default_factory=dict)
    progress_since: dict[str, ev.Progress] = field(default_factory=dict)
    notices: list[ev.Notice] = field(default_factory=list)
    broken: str = ""
    explaining: tuple[str, str, str] | None = None
    explained: dict[tuple[str, str, str], ev.Explained] = field(default_factory=dict)
    causes: dict[tuple[str, str, str], list[Cause]] = field(default_factory=dict)
    what_if: dict[tuple[str, str, str], WhatIf] = field(default_factory=dict)
    after_green: dict[str, ev.AfterGreen] = field(default_factory=dict)

    def apply(self, event: ev.Event) -> None:
        """Take one event in; an event of a superseded generation changes nothing that is shown."""
        self.generation = max(self.generation, event.generation)
        handler = _HANDLERS.get(type(event))
        if handler:
            handler(self, event)

    def is_stale(self, row: Row) -> bool:
        """Return whether a row speaks of an older build, or is about to be judged again."""
        return self.stages[row.stage].inputs[row.input].row_generations[row.name] < self.fresh_from(row.stage)

    def fresh_from(self, stage: str) -> int:
        """Return the generation from which on a stage's rows speak of the present; none does of a stale stage's."""
        if self.stages[stage].stale:
            return self.generation + 1
        return max(self.build_generation, self.check_generation if stage in self.checking else 0)

    def all_rows(self) -> Iterable[Row]:
        """Yield every row of every stage and input."""
        for stage in self.stages.values():
            for state in stage.inputs.values():
                yield from state.rows.values()

    def explained_as(self, row: Row) -> tuple[str, str, str] | None:
        """Return the key under which something is known of why a row fails: its own, or its tap's on another input."""
        known = {*self.causes, *self.explained}
        same = (key for key in sorted(known) if (key[0], key[2]) == (row.stage, row.name) and row.local)
        return row.key if row.key in known else next(same, None)

    def _session(self, event: ev.SessionOpened) -> None:
        """Open a session, or the same one edited: rows of stages and inputs that it still has stay."""
        self.session, self.check = event, None
        before = {name: state.inputs for name, state in self.stages.items()}
        for info in event.stages:
            kept = {name: rows for name, rows in before.get(info.name, {}).items() if name in info.inputs}
            self.stages[info.name] = StageState(info, kept)
        self.stages = {info.name: self.stages[info.name] for info in event.stages}

    def _state(self, event: ev.StateChanged) -> None:
        self.state = event.state

    def _explain_started(self, event: ev.ExplainStarted) -> None:
        if self._speaks_of_now(event):
            self.explaining = event.row.key
            self.explained.pop(event.row.key, None)
            self.causes[event.row.key] = []

    def _cause_found(self, event: ev.CauseFound) -> None:
        if self._speaks_of_now(event):
            self.causes.setdefault(event.row.key, []).append(event.cause)

    def _explained(self, event: ev.Explained) -> None:
        if self._speaks_of_now(event):
            self.explaining = None
            self.explained[event.row.key] = event
            self.causes[event.row.key] = list(event.explanation.causes)

    def _explain_cancelled(self, event: ev.ExplainCancelled) -> None:
        if self._speaks_of_now(event) and self.explaining == event.row.key:
            self.explaining = None

    def _ranked(self, event: ev.Ranked) -> None:
        if self._speaks_of_now(event):
            self.what_if |= {(event.stage, event.input, each.tap): each for each in event.what_if}

    def _speaks_of_now(self, event: ev.Event) -> bool:
        """Return whether no build or check has begun since the one that an event speaks of."""
        return event.generation >= max(self.build_generation, self.check_generation)

    def _notice(self, event: ev.Notice) -> None:
        self.notices.append(event)

    def _progress(self, event: ev.Progress) -> None:
        if event.total and event.done >= event.total:
            self.progress.pop(event.task, None)
            return
        before = self.progress.get(event.task)
        if before is None or event.done < before.done:
            self.progress_since[event.task] = event
        self.progress[event.task] = event

    def _build_started(self, event: ev.BuildStarted) -> None:
        self.build_generation = event.generation
        self.building, self.build_failed, self.diagnostics, self.broken = event.package, None, [], ""
        self.explaining = None

    def _diagnostic(self, event: ev.DiagnosticReady) -> None:
        if event.generation == self.generation:
            self.diagnostics.append(event.diagnostic)

    def _build_done(self, event: ev.BuildDone) -> None:
        self.progress.pop("build", None)
        self.build, self.building = event.build, ""

    def _build_failed(self, event: ev.BuildFailed) -> None:
        self.progress.pop("build", None)
        self.build_failed, self.building = event, ""

    def _build_cancelled(self, event: ev.BuildCancelled) -> None:
        self.progress.pop("build", None)
        self.building = ""

    def _check_started(self, event: ev.CheckStarted) -> None:
        self.check_generation, self.checking = event.generation, event.stages
        self.explaining, self.explained, self.causes, self.what_if = None, {}, {}, {}
        self.after_green = {}
        for stage in event.stages:
            self.stages[stage].preflight, self.stages[stage].moved = (), None

    def _reference_moved(self, event: ev.ReferenceMoved) -> None:
        if event.generation >= self.check_generation:
            self.stages[event.stage].moved = event

    def _preflight(self, event: ev.Preflight) -> None:
        if event.generation >= self.check_generation:
            self.stages[event.stage].preflight = event.findings

    def _stage_started(self, event: ev.StageStarted) -> None:
        state = self._input(event.stage, event.input)
        state.generation, state.expected, state.done = event.generation, event.rows, None
        self.stages[event.stage].stale = ""

    def _row(self, event: ev.RowReady) -> None:
        if event.generation >= self.check_generation:
            state = self._input(event.row.stage, event.row.input)
            state.rows[event.row.name] = event.row
            state.row_generations[event.row.name] = event.generation

    def _stage_done(self, event: ev.StageDone) -> None:
        if event.generation >= self.check_generation:
            state = self._input(event.stage, event.input)
            state.done = event
            if not event.reason:
                self._forget_vanished(state, event.generation)

    def _check_done(self, event: ev.CheckDone) -> None:
        if event.generation >= self.check_generation:
            self.check = event
            self.progress.pop("check", None)

    def _after_green(self, event: ev.AfterGreen) -> None:
        if self._speaks_of_now(event):
            self.after_green[event.name] = event

    def _stale(self, event: ev.Stale) -> None:
        self.stages[event.stage].stale = event.reason

    def _broken(self, event: ev.Broken) -> None:
        self.broken, self.building = event.text, ""

    def _input(self, stage: str, name: str) -> InputState:
        return self.stages[stage].inputs.setdefault(name, InputState())

    @staticmethod
    def _forget_vanished(state: InputState, generation: int) -> None:
        for name in [name for name, seen in state.row_generations.items() if seen < generation]:
            del state.rows[name], state.row_generations[name]


_HANDLERS: dict[type[ev.Event], Callable[..., None]] = {
    ev.SessionOpened: Board._session,
    ev.StateChanged: Board._state,
    ev.Notice: Board._notice,
    ev.Progress: Board._progress,
    ev.BuildStarted: Board._build_started,
    ev.DiagnosticReady: Board._diagnostic,
    ev.BuildDone: Board._build_done,
    ev.BuildFailed: Board._build_failed,
    ev.BuildCancelled: Board._build_cancelled,
    ev.CheckStarted: Board._check_started,
    ev.Preflight: Board._preflight,
    ev.ReferenceMoved: Board._reference_moved,
    ev.StageStarted: Board._stage_started,
    ev.RowReady: Board._row,
    ev.StageDone: Board._stage_done,
    ev.CheckDone: Board._check_done,
    ev.ExplainStarted: Board._explain_started,
    ev.CauseFound: Board._cause_found,
    ev.Explained: Board._explained,
    ev.ExplainCancelled: Board._explain_cancelled,
    ev.Ranked: Board._ranked,
    ev.AfterGreen: Board._after_green,
    ev.Stale: Board._stale,
    ev.Broken: Board._broken,
}

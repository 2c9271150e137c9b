"""The loop: saves and commands in, events out."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.engine.artifacts import Artifacts
from workbench.engine.chained import Chained
from workbench.engine.context import Context
from workbench.engine.exporting import refuse
from workbench.engine.home import Home
from workbench.engine.inquiry import Inquiry
from workbench.engine.questions import Questions
from workbench.engine.sources import Edits
from workbench.engine.stream import Stream
from workbench.engine.suite_check import INPUT
from workbench.engine.tasks import end, runs, sentence
from workbench.engine.uncollected import uncollected
from workbench.engine.wanted import Wanted
from workbench.engine.wiring import Wiring
from workbench.model import commands as cmd
from workbench.model import events as ev
from workbench.model.build import Build
from workbench.model.errors import WorkbenchError
from workbench.model.session import Stage
from workbench.model.verdict import Verdict
from workbench.session.choose import checkable, size_of, still_selected
from workbench.session.graph import links, order
from workbench.session.load import Loaded, load
from workbench.watch.watcher import Edit, Watcher

if TYPE_CHECKING:
    from workbench.engine.audition import Audition
    from workbench.engine.hearing import Wish
    from workbench.engine.listening import Said


class Engine:
    """One session, opened: `once` for a single check, `watch` for the loop.

    Every build and check carries a generation that only rises. A save during a build restarts it; a save during a
    check lets the check go on while the new build runs, and the new build's check replaces it.
    """

    def __init__(
        self, loaded: Loaded, size: str, home: Home, stages: tuple[str, ...] = (), chain: bool = False,
        native_only: bool = False,
    ) -> None:  # fmt: skip
        self.loaded, self.size, self.home = loaded, size, home
        self._stream = Stream(home.events)
        self._wiring = Wiring.of(loaded, size, home, self._emit, native_only)
        self._selected = stages or checkable(loaded)
        self._failed_only = False
        self._chain = home.chain if chain else None
        self._generation = 0
        self._build: Build | None = None
        self._last: dict[str, Verdict] = {}
        self._building: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[ev.CheckDone] | None = None
        self._after: asyncio.Task[None] | None = None
        self._questions: Questions | None = None
        self._explains_first = True
        self._commands: asyncio.Queue[cmd.Command | Loaded] = asyncio.Queue()
        self._watcher: Watcher | None = None

    @property
    def chained(self) -> Chained:
        """What the last chain gave; of no stage where none was run."""
        return Chained(self.loaded.session, self.size, self._wiring.checker.chained, self.home.chain)

    def subscribe(self) -> AsyncIterator[ev.Event]:
        """Return the events from now on."""
        return self._stream.subscribe()

    def send(self, command: cmd.Command) -> None:
        """Ask for something; safe to call from the loop's thread at any time."""
        self._commands.put_nowait(command)

    async def once(self) -> ev.CheckDone | None:
        """Build, check, and return the check; None when there was no build to check."""
        try:
            self._open()
            preparing = asyncio.create_task(self._prepare())
            await self._build_and_check()
            await preparing
        except WorkbenchError as error:
            self._emit(ev.Broken(generation=self._generation, text=str(error)))
            raise
        done = await self._checking if self._checking else None
        if self._questions and self._questions.explaining:
            await self._questions.explaining
        if self._after:
            await self._after
        return done

    async def judge(self) -> ev.CheckDone:
        """Judge what the last check left once more, by the session as it is; raises WorkbenchError where it is gone."""
        self._open()
        past = self._wiring.checker.past()

        def context_of(build: Build) -> Context:
            return Context(build, Edits(), self._wiring.places, past, self._generation, self._check_emit)

        return await self._wiring.checker.judge(context_of, list(self._stages()))

    async def explain(self, wanted: Wanted, folder: Path | None = None) -> Inquiry | None:
        """Build, check, and ask about one failing row; None when there was no build to check.

        With a `folder`, which must not exist, the row's tensors are written there. Raises WorkbenchError.
        """
        wanted.check(self.loaded, self._selected)
        if folder:
            refuse(folder)
        self._explains_first = False
        if await self.once() is None or self._questions is None:
            return None
        rows = [row for row in self._questions.rows.values() if row.kind != "test"]
        return await self._questions.inquirer.inquire(wanted.row(rows), rows, folder)

    async def against(self, folder: Path, scratch: Path) -> Artifacts | None:
        """Build, and run the chain's stages on tensors that were made elsewhere; None when there was no build.

        Raises WorkbenchError.
        """
        session = self.loaded.session
        if session.chain is None or session.harness is None:
            raise WorkbenchError(f"session `{session.name}` declares no [harness]: say which keys are which tensors")
        self._open()
        build = await self._wiring.builder.build(self._generation, self._build_emit)
        if build is None:
            return None
        port = partial(self._wiring.checker.port, build)
        artifacts = Artifacts(session.chain, session.harness, port, folder, scratch)
        await artifacts.run()
        return artifacts

    async def audition(self, wish: "Wish", said: "Said") -> "Audition":
        """Return two sounds to be heard and seen: of the newest build, and of what the wish names.

        Raises WorkbenchError where there is no build, or where a side gives no sound.
        """
        from workbench.engine.audition import Audition  # with the sound libraries: only who listens waits for them
        from workbench.engine.hearing import Hearing

        build = self._build or self._wiring.builder.store.newest()
        if build is None:
            raise WorkbenchError("nothing is built yet: wait for the first build, or mend it")
        session, wiring = self.loaded.session, self._wiring
        hearing = Hearing(session, wiring.captures, wiring.checker, wiring.builder.store, self.home.heard)
        return await Audition.of(hearing, wish, build, said)

    async def capture(self) -> list[Path]:
        """Make sure of every selected capture; return their folders. Raises WorkbenchError."""
        inputs = [(stage, name) for stage in self._stages_selected() for name in self._inputs(stage)]
        return [(await self._wiring.captures.ensure(stage, name)).folder for stage, name in inputs]

    async def watch(self) -> None:
        """Run the loop until a Quit; what breaks is said as an event and waits for the user.

        An edited session is opened anew where it is valid; where it is not, that is said and the old one stays.
        """
        while edited := await self._watch():
            await self._reopen(edited)

    async def _watch(self) -> Loaded | None:
        """Watch until a Quit, or until the session was edited; return it then."""
        self._open()
        await self._guarded(self._wiring.builder.prepare(self._emit))
        async with Watcher(self._wiring.builder.root, emit=self._emit, on_state=self._settling) as self._watcher:
            await self._look_around()
            tasks = [asyncio.create_task(doing) for doing in (self._follow(self._watcher), self._prepare())]
            try:
                await self._rebuild()
                return await self._obey()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """End every task, every child and the stream."""
        await self._cancel()
        await self._wiring.close()
        self._stream.close()

    def _emit(self, event: ev.Event) -> None:
        self._stream.emit(event)

    def _open(self) -> None:
        stages = self.loaded.session.stages
        infos = [_info(name, stages[name]) for name in order(stages)]
        infos += [ev.StageInfo(name, (INPUT,)) for name in self.loaded.session.tests]
        root = str(self.home.project)
        session = self.loaded.session
        chain, linked = (session.chain.input, links(session.chain)) if session.chain else ("", [])
        self._emit(
            ev.SessionOpened(
                name=session.name, size=self.size, root=root, stages=tuple(infos), chain=chain, linked=tuple(linked)
            )
        )  # fmt: skip

    async def _look_around(self) -> None:
        """Tell the watcher what matters: what cargo read, and the reference's own sources."""
        if self._watcher:
            inputs = self._wiring.builder.inputs() | self._wiring.captures.sources() | {self.loaded.path}
            inputs |= {self.loaded.port} if self.loaded.port else set()
            await self._watcher.update(inputs, self._wiring.builder.roots())

    def _settling(self, state: str) -> None:
        if not runs(self._building) and not runs(self._checking):
            self._emit(ev.StateChanged(generation=self._generation, state=state))

    async def _prepare(self) -> None:
        """Make captures and start the native worker while the first build runs; faults are told by the check."""
        with contextlib.suppress(WorkbenchError):
            await self._wiring.native.start()
            for stage in self._stages_selected():
                for name in self._inputs(stage):
                    await self._wiring.captures.ensure(stage, name)
            if self._watcher:
                # The cause of the next fault is then searched without waiting for torch.
                await self._wiring.worker.start()

    async def _follow(self, watcher: Watcher) -> None:
        async for edit in watcher.changes():
            await self._guarded(self._edited(edit))

    async def _edited(self, edit: Edit) -> None:
        changed = {self._wiring.builder.root / path for path in edit.changed}
        declared = changed & {self.loaded.path, self.loaded.config_file(self.size)}
        if declared and (edited := self._reread()):
            return self._commands.put_nowait(edited)
        if any(path.is_relative_to(self.loaded.folder) for path in changed - declared):
            self._say_stale({path for path in changed if path.is_relative_to(self.loaded.folder)})
            await self._wiring.worker.restart()
        if changed != declared:
            await self._rebuild(edit.changed)

    def _say_stale(self, edited: set[Path]) -> None:
        names = ", ".join(sorted(path.name for path in edited))
        for stage in self.loaded.session.stages:
            if self._wiring.captures.hangs_on(stage, edited):
                self._emit(ev.Stale(generation=self._generation, stage=stage, reason=f"{names} was edited"))

    def _reread(self) -> Loaded | None:
        """Return the session as it is on disk; None, which is said, where that cannot be used."""
        try:
            edited = load(self.loaded.path)
            for stage in edited.session.stages:
                edited.stage_config(size_of(edited, self.size), stage)
            return edited
        except WorkbenchError as error:
            text = f"{error}; until that is mended the session stays as it was"
            self._emit(ev.Notice(generation=self._generation, text=text, level="error"))
            return None

    async def _reopen(self, edited: Loaded) -> None:
        """Take an edited session over; what runs belongs to the old one and is ended."""
        await self._cancel()
        await self._wiring.close()
        self._selected = still_selected(self._selected, self.loaded, edited)
        self.loaded, self.home, self._build = edited, replace(self.home, session=edited.session.name), None
        self._wiring = Wiring.of(edited, self.size, self.home, self._emit)
        self._emit(ev.Notice(generation=self._generation, text="the session was edited and is opened anew"))

    async def _obey(self) -> Loaded | None:
        """Do what is asked until a Quit, or until the session was edited; return it then."""
        while not isinstance(command := await self._commands.get(), cmd.Quit):
            if isinstance(command, Loaded):
                return command
            await self._guarded(self._execute(command))
        return None

    async def _execute(self, command: cmd.Command) -> None:
        match command:
            case cmd.Recheck(stages):
                await self._recheck(stages)
            case cmd.Rebuild():
                await self._rebuild()
            case cmd.Cancel():
                await self._cancel()
                self._say_state()
            case cmd.Explain(row) | cmd.Export(row) if row.kind == "test":
                text = f"{row.name} is a test: it has no tensors to look into"
                self._emit(ev.Notice(generation=self._generation, text=text))
            case cmd.Explain(row):
                if self._questions and not runs(self._checking) and not runs(self._building):
                    await self._questions.inquire(row)
            case cmd.Export(row):
                if self._questions and not runs(self._checking) and not runs(self._building):
                    await self._questions.export(row, self.home.reproductions)
            case cmd.Pause(on):
                self._pause(on)
            case cmd.Select(stages):
                self._selected = tuple(name for name in checkable(self.loaded) if name in stages)
            case cmd.FailedOnly(on):
                self._failed_only = on

    def _pause(self, on: bool) -> None:
        if self._watcher:
            (self._watcher.pause if on else self._watcher.resume)()
        self._emit(ev.StateChanged(generation=self._generation, state="paused" if on else "idle"))

    async def _rebuild(self, edited: tuple[str, ...] = ()) -> None:
        await self._end_questions()
        await end(self._building)
        self._generation += 1
        self._building = asyncio.create_task(self._guarded(self._build_and_check(edited)))

    async def _recheck(self, stages: tuple[str, ...]) -> None:
        if self._build is None or runs(self._building) or not Path(self._build.artifact).exists():
            return await self._rebuild()
        await self._end_questions()
        await end(self._checking)
        self._generation += 1
        self._start_check(self._build, stages)

    async def _build_and_check(self, edited: tuple[str, ...] = ()) -> None:
        self._emit(ev.StateChanged(generation=self._generation, state="building"))
        try:
            build = await self._wiring.builder.build(self._generation, self._build_emit, edited)
        finally:
            await self._look_around()
        if build is None:
            return self._say_state()
        self._build = build
        await end(self._checking)
        self._start_check(build, ())

    def _start_check(self, build: Build, stages: tuple[str, ...]) -> None:
        self._emit(ev.StateChanged(generation=self._generation, state="checking"))
        self._questions = Questions(self._wiring, build, self._generation, self._emit, self._idle)
        self._checking = asyncio.create_task(self._check(build, stages or self._stages(), self._generation))
        self._checking.add_done_callback(self._check_ended)

    def _check_ended(self, task: asyncio.Task[ev.CheckDone]) -> None:
        """Say what ended a check before its CheckDone; nobody else waits for it in the loop."""
        if not task.cancelled() and (error := task.exception()):
            self._emit(ev.Broken(generation=self._generation, text=sentence(error)))
            self._emit(ev.StateChanged(generation=self._generation, state=self._state(checking=False)))

    async def _check(self, build: Build, stages: tuple[str, ...], generation: int) -> ev.CheckDone:
        wiring = self._wiring
        edits = await asyncio.to_thread(wiring.edits, build)
        context = Context(build, edits, wiring.places, wiring.checker.past(), generation, self._check_emit)
        questions = self._questions
        assert questions
        with uncollected():
            done = await wiring.checker.check(context, list(stages), questions.stage_judged, self._chain)
        self._emit(ev.StateChanged(generation=self._generation, state=self._state(checking=False)))
        if done.first:
            await questions.explain_first(done.first)
        if done.verdict is Verdict.PASS and {*stages} >= {*self._selected} and self._idle():
            self._after = asyncio.create_task(self._guarded(wiring.after_green.run(build, generation)))
        return done

    def _idle(self) -> bool:
        """Return whether causes are looked for now; while a newer build runs, the rows are about to be replaced."""
        return self._explains_first and not runs(self._building)

    def _build_emit(self, event: ev.Event) -> None:
        if isinstance(event, ev.DiagnosticReady):
            event = msgspec.structs.replace(event, diagnostic=self._wiring.places.diagnostic(event.diagnostic))
        self._emit(event)

    def _check_emit(self, event: ev.Event) -> None:
        if isinstance(event, ev.RowReady) and self._questions:
            self._questions.rows[event.row.key] = event.row
        if isinstance(event, ev.StageDone):
            self._last[event.stage] = event.verdict
        self._emit(event)

    def _stages(self) -> tuple[str, ...]:
        if not self._failed_only:
            return self._selected
        failed = tuple(name for name in self._selected if self._last.get(name) is not Verdict.PASS)
        return failed or self._selected

    def _stages_selected(self) -> list[str]:
        """Return what of the selection has captures."""
        return [name for name in self._selected if name in self.loaded.session.stages]

    def _inputs(self, stage: str) -> tuple[str, ...]:
        return self.loaded.session.stages[stage].inputs

    async def _end_questions(self) -> None:
        """End what runs on the last check's results, which are about to be replaced."""
        await end(self._after)
        if self._questions:
            await self._questions.end()

    async def _cancel(self) -> None:
        await self._end_questions()
        await end(self._building)
        await end(self._checking)

    def _say_state(self) -> None:
        self._emit(ev.StateChanged(generation=self._generation, state=self._state(checking=runs(self._checking))))

    def _state(self, checking: bool) -> str:
        if self._building and self._building is not asyncio.current_task() and runs(self._building):
            return "building"
        return "checking" if checking else "idle"

    async def _guarded(self, doing: Coroutine[Any, Any, None]) -> None:
        try:
            await doing
        except Exception as error:
            self._emit(ev.Broken(generation=self._generation, text=sentence(error)))


def _info(name: str, stage: Stage) -> ev.StageInfo:
    return ev.StageInfo(name, stage.inputs, stage.after, (*stage.sounds, *stage.hear))

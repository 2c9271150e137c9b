"""The parts of one opened session, wired together."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workbench.build.builder import Builder
from workbench.build.instrument import instrument
from workbench.engine.after_green import AfterGreenRun
from workbench.engine.captures import Captures
from workbench.engine.checker import Checker
from workbench.engine.figures import Figures
from workbench.engine.home import Home
from workbench.engine.places import Places
from workbench.engine.reference_client import ReferenceWorker
from workbench.engine.running import Runner
from workbench.engine.sources import Edits, save, saved, snapshot
from workbench.history.store import History
from workbench.model.build import Build
from workbench.model.events import Event
from workbench.native.client import NativeWorker
from workbench.session.load import Loaded


def builder_of(loaded: Loaded, home: Home) -> Builder:
    """Return the builder of a session's native side, with its layers tapped."""
    return Builder(
        loaded.session.native,
        loaded.folder,
        builds=home.builds,
        target=home.target,
        instrument=lambda manifest, cargo, env: instrument(manifest, home.cache / "vendor", cargo, env),
    )


@dataclass
class Wiring:
    """Everything that a loop drives."""

    loaded: Loaded
    home: Home
    worker: ReferenceWorker
    captures: Captures
    native: NativeWorker
    history: History
    builder: Builder
    checker: Checker
    after_green: AfterGreenRun

    @classmethod
    def of(cls, loaded: Loaded, size: str, home: Home, emit: Callable[[Event], None], asleep: bool = False) -> "Wiring":
        """Wire a loaded session; starts no process. `asleep`: the reference makes nothing."""
        worker = ReferenceWorker(loaded.session.reference, loaded.reference, home.scratch / "reference.log", asleep)
        captures = Captures(loaded, size, home, worker, emit)
        native = NativeWorker()
        history = History(home.history, loaded.session.name, size)
        builder = builder_of(loaded, home)
        runner = Runner(loaded, builder)
        checker = Checker(loaded, captures, native, history, runner)
        after = AfterGreenRun(loaded.session.after_green, runner, Figures(history), emit)
        return cls(loaded, home, worker, captures, native, history, builder, checker, after)

    @property
    def places(self) -> Places:
        """How source files are named."""
        return Places(self.builder.root, self.home.project)

    def edits(self, build: Build) -> Edits:
        """Keep the sources of this build and say what differs from the last one that passed."""
        folder = Path(build.artifact).parent
        texts = saved(folder)
        if not texts:
            texts = snapshot(sorted(self.builder.inputs()), self.builder.root)
            save(texts, folder)
        passing = self.history.last_passing_build()
        return Edits.between(saved(self.home.builds / passing), texts) if passing else Edits()

    async def close(self) -> None:
        """End every child."""
        await self.native.close()
        await self.worker.close()

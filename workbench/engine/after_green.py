"""Commands that run once everything passes: what they measure is then worth measuring."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from workbench.build.made import NotMade
from workbench.engine.figures import Figures
from workbench.engine.running import Ran, Runner
from workbench.model.build import Build
from workbench.model.errors import WorkbenchError
from workbench.model.events import AfterGreen, Event, Notice
from workbench.model.figure import Figure
from workbench.model.session import Command


@dataclass(frozen=True)
class AfterGreenRun:
    """Runs the session's `[after_green]` on a build that passed."""

    commands: dict[str, Command]
    runner: Runner
    figures: Figures
    emit: Callable[[Event], None]

    async def run(self, build: Build, generation: int) -> None:
        """Run them one after the other; each says what it gave as an event."""
        for name, config in self.commands.items():
            self.emit(Notice(generation=generation, text=f"everything passes: {name} runs"))
            started = time.monotonic()
            ended = await self._one(name, config, build)
            figure, problem = (None, ended) if isinstance(ended, str) else (ended, "")
            seconds = time.monotonic() - started
            self.emit(
                AfterGreen(
                    generation=generation, build=build, name=name, seconds=seconds, figure=figure, problem=problem
                )
            )

    async def _one(self, name: str, config: Command, build: Build) -> Figure | str | None:
        """Return the figure, or None where none is looked for, or what went wrong."""
        try:
            with self.runner.scratch() as scratch:
                ran = await self.runner.run(config, build, scratch)
        except (WorkbenchError, NotMade) as error:
            return str(error)
        if problem := _problem(config, ran):
            return problem
        if not config.figure:
            return None
        return self.figures.of(config, name, build, ran) or f"`{config.figure}` finds no figure in what it printed"


def _problem(config: Command, ran: Ran) -> str:
    if ran.status is None:
        return f"no end within {config.time_limit:g} s, stopped"
    return f"ended with status {ran.status}: {ran.last}" if ran.status else ""

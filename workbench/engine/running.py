"""A command of the project's own, run on a build: where, in which environment, and what it printed."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench.build import processes
from workbench.build.builder import Builder
from workbench.model.build import Build
from workbench.model.errors import WorkbenchError
from workbench.model.session import Command
from workbench.native.artifact import import_name
from workbench.session.load import Loaded
from workbench.suites.told import ARGUMENTS, PLUGIN


@dataclass(frozen=True)
class Ran:
    """`status` is the exit status; None when it was ended for the time that it took. `told` is the plugin's file."""

    status: int | None
    lines: tuple[str, ...]
    told: Path

    @property
    def text(self) -> str:
        """What it printed on both streams."""
        return "\n".join(self.lines)

    @property
    def last(self) -> str:
        """The last line that says something."""
        return next((line.strip() for line in reversed(self.lines) if line.strip()), "it printed nothing")


@dataclass(frozen=True)
class Runner:
    """Runs commands of a session, one at a time, in a process group of their own."""

    loaded: Loaded
    builder: Builder

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a folder for one run."""
        with tempfile.TemporaryDirectory(prefix="workbench-command-") as folder:
            yield Path(folder)

    async def run(self, config: Command, build: Build, scratch: Path) -> Ran:
        """Run a command; raises WorkbenchError when it cannot be started."""
        folder = self.loaded.folder / config.folder
        if not folder.is_dir():
            raise WorkbenchError(f"there is no folder {folder}, in which a command is to run")
        variables = self._variables(config, build, scratch)
        words, own = await self._command(config, variables)
        variables = {**own, **variables} if own else variables
        lines: list[str] = []
        running = processes.run(
            words, cwd=folder, environment=variables, on_stdout=lines.append, on_stderr=lines.append
        )
        try:
            async with asyncio.timeout(config.time_limit):
                status: int | None = await running
        except TimeoutError:
            status = None
        return Ran(status, tuple(lines), scratch / "tests.ndjson")

    async def _command(self, config: Command, variables: dict[str, str]) -> tuple[list[str], dict[str, str]]:
        """Return the words, and the environment that goes with them where it is not the shell's."""
        if config.pytest:
            python = config.python or self.loaded.session.native.python or sys.executable
            return [self._program(python, variables), *ARGUMENTS, *config.pytest], {}
        if config.cargo:
            words, own = await self.builder.passed_on("test", config.cargo, lambda event: None)
            return words, dict(own)
        program, *arguments = config.command
        return [self._program(program, variables), *arguments], {}

    def _program(self, name: str, variables: dict[str, str]) -> str:
        found = shutil.which(name, path=variables["PATH"]) or shutil.which(self.loaded.folder / name)
        if found is None:
            raise WorkbenchError(f"`{name}` is neither on PATH nor in {self.loaded.folder}: correct it in session.toml")
        return found

    def _variables(self, config: Command, build: Build, scratch: Path) -> dict[str, str]:
        """Return the environment in which Python imports the build before any other copy."""
        first = [_importable(build, scratch), str(PLUGIN) if config.pytest else "", os.environ.get("PYTHONPATH", "")]
        ours = {
            "PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": os.pathsep.join(filter(None, first)),
            "PYTHONDONTWRITEBYTECODE": "1", "WORKBENCH_ARTIFACT": build.artifact,
            "WORKBENCH_TESTS": str(scratch / "tests.ndjson"),
        }  # fmt: skip
        shell = {} if config.cargo else dict(os.environ)
        return shell | self.loaded.session.native.environment | ours | config.environment


def _importable(build: Build, scratch: Path) -> str:
    """Return the folder that the build is imported from; a shared object alone gets its name as a module there."""
    if build.site or build.runs != "module":
        return build.site
    file = Path(build.artifact)
    (scratch / f"{import_name(file)}.so").symlink_to(file)
    return str(scratch)

"""The one door to building: a session's native side in, kept artifacts and events out."""

import asyncio
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.build import elsewhere
from workbench.build.card import card
from workbench.build.command import Command
from workbench.build.crate import Crate
from workbench.build.made import Emit, Made, Maker, NotMade
from workbench.build.setup import Instrument, absolute
from workbench.build.store import Store
from workbench.build.wheel import Wheel
from workbench.model.build import Build
from workbench.model.errors import WorkbenchError
from workbench.model.events import BuildCancelled, BuildDone, BuildFailed, BuildStarted, Notice
from workbench.model.session import Native


class Builder:
    """Builds one session's native side, again and again; one build at a time.

    `folder` is the session's, `builds` where artifacts are kept, `target` the workbench's own target folder for cargo.
    `instrument` says how to tap layers; without it they are not tapped. `shell` is the environment that the user
    started the workbench in (default: this process's).
    """

    def __init__(
        self,
        native: Native,
        folder: Path,
        *,
        builds: Path,
        target: Path,
        instrument: Instrument | None = None,
        shell: Mapping[str, str] | None = None,
    ) -> None:
        self.store = Store(builds)
        self._native = native
        self._target = absolute(folder, native.target) if native.target else target.absolute()
        self._shell = os.environ if shell is None else shell
        self._maker: Maker
        if native.build in ("command", "none"):
            self._maker = Command(native, folder, self._target, self._shell)
        else:
            kind = Wheel if native.build == "maturin" else Crate
            self._maker = kind(native, absolute(folder, native.manifest), self._target, instrument, self._shell)
        self._elsewhere: str | None = None

    @property
    def root(self) -> Path:
        """The folder that diagnostics are relative to: the workspace, once cargo was asked."""
        return self._maker.root

    def roots(self) -> frozenset[Path]:
        """Return the source folders in which any new `.rs` file belongs to the build."""
        return self._maker.roots()

    def inputs(self) -> frozenset[Path]:
        """Return the files that matter, existing or not: what the last good build read, and cargo's settings."""
        return self._maker.inputs()

    async def prepare(self, emit: Emit, generation: int = 0) -> None:
        """Find out `root`, `roots` and `inputs` before the first build; says nothing of a manifest that is unreadable.

        Raises WorkbenchError when the user has to act first.
        """
        await self._maker.prepare(generation, emit)

    async def build(self, generation: int, emit: Emit, edited: Sequence[str] = ()) -> Build | None:
        """Build and keep the artifact; None when there is none, which BuildFailed then has said.

        Emits BuildStarted first and BuildDone, BuildFailed or (when the task is cancelled) BuildCancelled last.
        Raises WorkbenchError when the set-up is broken and another save will not help.
        """
        emit(BuildStarted(generation=generation, package=self._name, edited=tuple(edited)))
        started = time.monotonic()
        try:
            build = await self._build(generation, emit, started)
        except NotMade as failure:
            emit(BuildFailed(generation=generation, reason=str(failure), seconds=time.monotonic() - started))
            return None
        except asyncio.CancelledError:
            emit(BuildCancelled(generation=generation))
            raise
        for doubt in build.card.doubts:
            emit(Notice(generation=generation, text=doubt, level="warning"))
        emit(BuildDone(generation=generation, build=build))
        return build

    async def passed_on(
        self, subcommand: str, arguments: Sequence[str], emit: Emit
    ) -> tuple[list[str], Mapping[str, str]]:
        """Return the command and environment of another cargo subcommand that shares what builds have compiled.

        Raises WorkbenchError when the set-up is broken or there is no crate, NotMade when a manifest cannot be read.
        """
        if not isinstance(self._maker, Crate):
            raise WorkbenchError(
                f'a session with `build = "{self._native.build}"` builds no crate: call cargo yourself'
            )
        return await self._maker.passed_on(subcommand, arguments, emit)

    @property
    def _name(self) -> str:
        native = self._native
        return native.package or Path(native.artifact or native.manifest).name

    async def _build(self, generation: int, emit: Emit, started: float) -> Build:
        with tempfile.TemporaryDirectory(prefix="workbench-build-") as scratch:
            made = await self._maker.make(generation, emit, Path(scratch))
            other = await self._other(made)
            return await asyncio.to_thread(self._keep, made, other, time.monotonic() - started)

    async def _other(self, made: Made) -> str:
        """Return the shared object that Python by itself would import instead; asked once, for a wheel."""
        if made.site is None:
            return ""
        if self._elsewhere is None:
            self._elsewhere = await elsewhere.imported(made, self._native.python, self.root, self._shell)
        return self._elsewhere

    def _keep(self, made: Made, other: str, seconds: float) -> Build:
        return self.store.put(
            made.artifact,
            profile=made.profile,
            seconds=seconds,
            layers=made.layers,
            plain_reason=made.plain_reason,
            suffixes=made.suffixes,
            runs=made.runs,
            site=made.site,
            card=card(self._native, made, self._shell, self.root, other),
        )

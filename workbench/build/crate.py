"""Cargo: a crate of a workspace in, its shared object or executable out."""

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import msgspec

from workbench.build import cargo, depinfo, expected, metadata, pixi, processes
from workbench.build.instrument.instrument import Instrumented
from workbench.build.made import Emit, Made, NotMade
from workbench.build.owner import owned
from workbench.build.setup import Instrument, Preparation, Setup
from workbench.model.errors import WorkbenchError
from workbench.model.session import Native


class Crate:
    """Builds one session's package, again and again; `target` is cargo's target folder."""

    def __init__(
        self, native: Native, manifest: Path, target: Path, instrument: Instrument | None, shell: Mapping[str, str]
    ) -> None:
        self._native, self._manifest, self._target = native, manifest, target
        self._preparation = Preparation(native, manifest, target, instrument, shell)
        self._read: frozenset[Path] = frozenset()

    @property
    def root(self) -> Path:
        """The workspace that diagnostics are relative to; the manifest's folder until cargo was asked."""
        setup = self._preparation.newest
        return setup.workspace.root if setup else self._manifest.parent

    def roots(self) -> frozenset[Path]:
        """Return the source folders in which any new `.rs` file belongs to the build."""
        return frozenset(crate.source.parent for crate in self._members()) or frozenset({self._manifest.parent / "src"})

    def inputs(self) -> frozenset[Path]:
        """Return the files that matter, existing or not: what the last good build read, and cargo's settings."""
        folders = [self._manifest.parent, *(crate.folder for crate in self._members())]
        setup = self._preparation.newest
        described = pixi.inputs(setup.pixi) if setup and setup.pixi else frozenset()
        return self._read | depinfo.left_out(self.root, folders) | described

    async def prepare(self, generation: int, emit: Emit) -> None:
        """Find out `root`, `roots` and `inputs`; says nothing of a manifest that is unreadable."""
        try:
            await self._preparation.get(emit, generation)
        except NotMade:
            return

    async def make(self, generation: int, emit: Emit, scratch: Path) -> Made:
        """Build. Raises NotMade, and WorkbenchError when the set-up is broken and another save will not help."""
        setup = await self._preparation.get(emit, generation)
        name = f"{setup.crate.name}-{self._native.profile}"
        memory = expected.recall(self._target, name)
        call = self._call(setup)
        settings = expected.digest(self._preparation.files(), call.command())
        call = msgspec.structs.replace(call, total=memory.packages, settled=memory.settings == settings)
        async with self._owned(setup):
            outcome = await self._compile(setup, call, generation, emit, scratch)
        if outcome.artifact is None:
            raise WorkbenchError(outcome.reason) if outcome.setup else NotMade(outcome.reason)
        expected.remember(self._target, name, expected.Memory(outcome.packages, settings))
        return self._made(setup, outcome.artifact, outcome)

    async def _compile(
        self, setup: Setup, call: cargo.Call, generation: int, emit: Emit, scratch: Path
    ) -> cargo.Outcome:
        count = partial(expected.count, call, setup.variables)
        return await cargo.build(call, setup.variables, emit, generation, count)

    async def passed_on(
        self, subcommand: str, arguments: Sequence[str], emit: Emit
    ) -> tuple[list[str], Mapping[str, str]]:
        """Return the command and environment of another cargo subcommand that shares what builds have compiled.

        Raises WorkbenchError when the set-up is broken, NotMade when a manifest cannot be read.
        """
        setup = await self._preparation.get(emit, 0)
        async with self._owned(setup):
            return self._call(setup).passed_on(subcommand, arguments), setup.variables

    def _owned(self, setup: Setup) -> AbstractAsyncContextManager[None]:
        """Hold the target folder, without another copy's objects of this workspace's crates."""
        members = [f"--package={crate.name}" for crate in setup.workspace.crates]
        clean = self._call(setup).passed_on("clean", ["--quiet", *members])

        async def drop() -> None:
            await processes.run(
                clean, cwd=setup.workspace.root, environment=setup.variables, on_stdout=_ignore, on_stderr=_ignore
            )

        return owned(self._target, setup.workspace.root, drop)

    def _call(self, setup: Setup) -> cargo.Call:
        return cargo.Call(
            cargo=setup.cargo,
            manifest=self._manifest,
            name=setup.crate.name,
            package=setup.crate.id,
            profile=self._native.profile,
            target=self._target,
            own_profile=_defines_profile(setup.workspace.root / "Cargo.toml"),
            features=self._native.features,
            extra=setup.layers.cargo_args if isinstance(setup.layers, Instrumented) else (),
            link=_link(setup.variables) if setup.activated else (),
            binary=self._native.binary,
        )

    def _made(self, setup: Setup, artifact: Path, outcome: cargo.Outcome) -> Made:
        read = depinfo.of(artifact, setup.workspace.root)
        self._read = frozenset(path for path in read if not path.is_relative_to(self._target))
        tapped = setup.layers if isinstance(setup.layers, Instrumented) else None
        return Made(
            artifact,
            self._read,
            runs="executable" if self._native.binary else "module",
            profile=self._native.profile,
            opt_level=outcome.opt_level,
            layers=tapped is not None,
            plain_reason="" if isinstance(setup.layers, Instrumented) else setup.layers.reason,
            suffixes=tapped.suffixes if tapped else ("",),
        )

    def _members(self) -> list[metadata.Crate]:
        """Return the session's crate and every other member that the last good build read a file of."""
        setup = self._preparation.newest
        if setup is None:
            return []
        read = {folder for path in self._read for folder in path.parents}
        return [crate for crate in setup.workspace.crates if crate == setup.crate or crate.folder in read]


def _link(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return what lets the shared object find the conda prefix's libraries under any interpreter."""
    folder = Path(variables.get("CONDA_PREFIX", "")) / "lib"
    return (f"-Wl,-rpath,{folder}",) if folder.is_absolute() and folder.is_dir() else ()


def _defines_profile(manifest: Path) -> bool:
    try:
        return cargo.WORKBENCH in tomllib.loads(manifest.read_text()).get("profile", {})
    except (OSError, ValueError):
        return False


def _ignore(line: str) -> None:
    """What a clean-up says is of no interest: the build that follows speaks."""

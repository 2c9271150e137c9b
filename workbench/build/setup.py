"""What a call of cargo needs and what only changes with a manifest: environment, workspace, crate, tapped layers."""

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from workbench.build import environment, expected, metadata, pixi
from workbench.build.instrument.instrument import Instrumented, Plain
from workbench.build.made import Emit
from workbench.build.metadata import Crate, Workspace
from workbench.model.errors import WorkbenchError
from workbench.model.events import Notice, Progress
from workbench.model.session import Native

Instrument = Callable[[Path, Sequence[str], Mapping[str, str]], Instrumented | Plain]
"""(workspace manifest, cargo's command, environment) → how to build with tapped layers; may block."""


class Setup(msgspec.Struct, frozen=True):
    """`variables` are cargo's whole environment; `pixi` is the manifest that it comes from, if it does.

    `activated` says that it is that of a pixi or conda environment; `python` is what extensions are built for.
    """

    cargo: str
    variables: dict[str, str]
    workspace: Workspace
    crate: Crate
    layers: Instrumented | Plain
    pixi: Path | None
    activated: bool
    python: str


class Preparation:
    """Keeps the newest Setup of a session's native side and asks again when a manifest has changed."""

    def __init__(
        self, native: Native, manifest: Path, target: Path, instrument: Instrument | None, shell: Mapping[str, str]
    ) -> None:
        self.newest: Setup | None = None
        self._native, self._manifest, self._target = native, manifest, target
        self._instrument = instrument
        self._shell = environment.base(shell)
        self._settings = ""

    def files(self) -> frozenset[Path]:
        """Return the files whose change asks for a new Setup."""
        found = {self._manifest, self._manifest.with_name("Cargo.lock")}
        if self.newest:
            found |= self.newest.workspace.manifests | {self.newest.workspace.root / "Cargo.lock"}
            found |= pixi.inputs(self.newest.pixi) if self.newest.pixi else frozenset()
        return frozenset(found)

    async def get(self, emit: Emit, generation: int) -> Setup:
        """Return the present Setup.

        Raises WorkbenchError when the user has to act first, NotMade when a manifest cannot be read.
        """
        files = self.files()
        settings = expected.digest(files, ())
        if self.newest is None or settings != self._settings:
            self.newest = await self._ask(emit, generation)
            unmoved = expected.digest(files, ()) == settings
            self._settings = expected.digest(self.files(), ()) if unmoved else ""
        return self.newest

    async def _ask(self, emit: Emit, generation: int) -> Setup:
        if not self._manifest.is_file():
            raise WorkbenchError(f"There is no {self._manifest}, which `native.manifest` in session.toml names.")
        native, near = self._native, self._manifest.parent
        described = None if native.conda else pixi.manifest_for(near, native.pixi)
        with _Task(emit, generation, "asking pixi for the build environment" if described else ""):
            activation = await pixi.activated(near, native.pixi, native.conda, self._shell, self._target)
        variables = environment.complete(
            self._shell, activation, target=self._target, chosen=native.environment, python=native.python
        )
        program = shutil.which("cargo", path=variables["PATH"])
        if program is None:
            raise WorkbenchError("cargo was not found on PATH: install Rust with rustup, then start again.")
        with _Task(emit, generation, "asking cargo for the workspace"):
            workspace = await metadata.ask(program, self._manifest, variables)
        crate = metadata.choose(workspace, native.package, self._manifest, executable=bool(native.binary))
        with _Task(emit, generation, "preparing the layers" if self._native.layers else ""):
            layers = await self._layers(workspace.root / "Cargo.toml", program, variables)
        if self._native.layers:
            for note in layers.notes if isinstance(layers, Instrumented) else (layers.reason,):
                emit(Notice(generation=generation, text=note))
        python = variables["PYO3_PYTHON"]
        return Setup(program, variables, workspace, crate, layers, described, activation is not None, python)

    async def _layers(self, manifest: Path, program: str, variables: Mapping[str, str]) -> Instrumented | Plain:
        if not self._native.layers or self._instrument is None:
            return Plain("built plain, as session.toml asks: layers are not tapped")
        try:
            return await asyncio.to_thread(self._instrument, manifest, [program], variables)
        except OSError as error:
            return Plain(f"built plain, since the sources could not be prepared: {error}")


class _Task:
    """Shows a long step while it lasts; without a label, nothing."""

    def __init__(self, emit: Emit, generation: int, label: str) -> None:
        self._emit, self._generation, self._label = emit, generation, label

    def __enter__(self) -> None:
        self._say(0, 0)

    def __exit__(self, *_: object) -> None:
        self._say(1, 1)

    def _say(self, done: int, total: int) -> None:
        if self._label:
            event = Progress(generation=self._generation, task="setup", label=self._label, done=done, total=total)
            self._emit(event)


def absolute(folder: Path, manifest: str) -> Path:
    """Return a session's manifest; symbolic links stay, `..` goes."""
    return Path(os.path.abspath(folder / manifest))  # noqa: PTH100

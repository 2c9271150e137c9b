"""Maturin: a package with a Rust extension in, the unpacked wheel out; the user's environment is never touched."""

import shutil
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from workbench.build import cargo, speaking
from workbench.build.crate import Crate
from workbench.build.made import Emit, Made
from workbench.build.setup import Instrument, Setup
from workbench.model.errors import WorkbenchError
from workbench.model.session import Native

PROJECT = "pyproject.toml"
SITE = "site"
"""The folder that a wheel is unpacked into, and imported from."""


class Wheel(Crate):
    """Builds a wheel and unpacks it; `manifest` is the package's pyproject.toml, or the Cargo.toml beside it."""

    def __init__(
        self, native: Native, manifest: Path, target: Path, instrument: Instrument | None, shell: Mapping[str, str]
    ) -> None:
        super().__init__(native, crate_manifest(manifest), target, instrument, shell)
        self._given = manifest
        self._project = manifest.with_name(PROJECT)
        self._packages: tuple[str, ...] = ()

    async def _compile(
        self, setup: Setup, call: cargo.Call, generation: int, emit: Emit, scratch: Path
    ) -> cargo.Outcome:
        program = _maturin(setup.variables["PATH"])
        wheels = scratch / "wheels"
        command = [program, "build", "--out", str(wheels), "--interpreter", setup.python, "--compatibility", "linux"]
        command += [*self._where(), *call.for_maturin()]
        code, reason = await speaking.run(command, self._given.parent, setup.variables, emit, generation)
        if code:
            return cargo.Outcome(None, reason, 0)
        (wheel,) = wheels.glob("*.whl")
        with zipfile.ZipFile(wheel) as opened:
            opened.extractall(scratch / SITE)
        return cargo.Outcome(_shared_object(scratch / SITE, setup.crate.library), "", 0)

    def inputs(self) -> frozenset[Path]:
        """Return what the crate is made from, and the package's own files."""
        return super().inputs() | {self._project} | self._python_files()

    def _made(self, setup: Setup, artifact: Path, outcome: cargo.Outcome) -> Made:
        folder = {"dev": "debug"}.get(self._native.profile, self._native.profile)
        compiled = self._target / folder / f"lib{setup.crate.library}.so"
        made = super()._made(setup, compiled, outcome)
        site = next(parent for parent in artifact.parents if parent.name == SITE)
        self._packages = tuple(path.parent.name for path in site.glob("*/__init__.py"))
        return msgspec.structs.replace(made, artifact=artifact, site=site)

    def _where(self) -> list[str]:
        return [] if self._given.name == PROJECT else ["--manifest-path", str(self._given)]

    def _python_files(self) -> frozenset[Path]:
        source = self._project.parent / _settings(self._project).get("python-source", ".")
        return frozenset(file for package in self._packages for file in (source / package).rglob("*.py"))


def crate_manifest(manifest: Path) -> Path:
    """Return the `Cargo.toml` that maturin builds for a `pyproject.toml`; any other manifest is its own."""
    if manifest.name != PROJECT:
        return manifest
    named = _settings(manifest).get("manifest-path")
    places = [named] if named else ["Cargo.toml", "rust/Cargo.toml"]
    found = (manifest.parent / place for place in places)
    return next((path for path in found if path.is_file()), manifest.parent / places[0])


def _settings(project: Path) -> dict[str, Any]:
    try:
        settings: dict[str, Any] = tomllib.loads(project.read_text()).get("tool", {}).get("maturin", {})
    except (OSError, ValueError):
        return {}
    return settings


def _maturin(path: str) -> str:
    beside = Path(sys.executable).with_name("maturin")
    program = shutil.which("maturin", path=path) or (str(beside) if beside.is_file() else None)
    if program is None:
        raise WorkbenchError('`build = "maturin"` needs maturin, which is not on PATH: run `pip install maturin`.')
    return program


def _shared_object(site: Path, library: str) -> Path:
    found = sorted(path for path in site.rglob("*") if path.suffix in (".so", ".dylib", ".pyd"))
    named = [path for path in found if path.name.split(".", 1)[0].removeprefix("lib") == library]
    if not found:
        raise WorkbenchError(f"the wheel of `{library}` has no shared object: its crate needs a cdylib")
    return (named or found)[0]

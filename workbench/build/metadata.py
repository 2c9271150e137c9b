"""The workspace as `cargo metadata` describes it, once per change of a manifest."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

import msgspec

from workbench.build import narration, processes
from workbench.build.made import NotMade
from workbench.model.errors import WorkbenchError

LIMIT = 1800.0
"""Seconds: rustup may have to fetch a toolchain first."""

_LIBRARY = {"lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro"}


class Crate(msgspec.Struct, frozen=True):
    """One package of the workspace; `library` is its name in file names, empty when it has no library."""

    id: str
    name: str
    manifest: Path
    library: str
    source: Path
    kinds: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where its `Cargo.toml` lies."""
        return self.manifest.parent


class Workspace(msgspec.Struct, frozen=True):
    """The members of a cargo workspace and its root."""

    root: Path
    crates: tuple[Crate, ...]

    @property
    def manifests(self) -> frozenset[Path]:
        """Every `Cargo.toml` that shapes it."""
        return frozenset({self.root / "Cargo.toml", *(crate.manifest for crate in self.crates)})


class _Target(msgspec.Struct):
    name: str
    kind: tuple[str, ...]
    src_path: str


class _Package(msgspec.Struct):
    id: str
    name: str
    manifest_path: str
    targets: list[_Target]


class _Metadata(msgspec.Struct):
    workspace_root: str
    packages: list[_Package]


async def ask(cargo: str, manifest: Path, environment: Mapping[str, str]) -> Workspace:
    """Return the workspace of a manifest; raises NotMade when cargo cannot read it, WorkbenchError without Rust."""
    command = [cargo, "metadata", "--no-deps", "--format-version=1", f"--manifest-path={manifest}"]
    said = await processes.collect(command, cwd=manifest.parent, environment=environment, limit=LIMIT)
    if sentence := narration.missing_toolchain(said.stderr):
        raise WorkbenchError(sentence)
    if said.code:
        raise NotMade(narration.reason(said.stderr, said.code))
    return read(said.stdout)


def read(text: str) -> Workspace:
    """Return the workspace that the answer of `cargo metadata --no-deps` describes."""
    said = msgspec.json.decode(text, type=_Metadata)
    return Workspace(Path(said.workspace_root), tuple(_crate(package) for package in said.packages))


def choose(workspace: Workspace, name: str, manifest: Path, executable: bool = False) -> Crate:
    """Return the crate that a session builds: by its name, without one that of the manifest.

    Raises WorkbenchError when it is unknown or makes no shared object where no executable is wanted.
    """
    named = (crate for crate in workspace.crates if crate.name == name or (not name and crate.manifest == manifest))
    crate = next(named, None)
    if crate is None:
        raise WorkbenchError(_unknown(workspace, name))
    if "cdylib" not in crate.kinds and not executable:
        raise WorkbenchError(
            f'Package `{name}` makes no shared object: add `crate-type = ["cdylib"]` under `[lib]` in {crate.manifest}.'
        )
    return crate


def _unknown(workspace: Workspace, name: str) -> str:
    names = sorted(crate.name for crate in workspace.crates)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    there = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(f'`{each}`' for each in names)}."
    return f"The workspace {workspace.root} has no package `{name}`: {there}"


def _crate(package: _Package) -> Crate:
    library = next((target for target in package.targets if _LIBRARY & set(target.kind)), None)
    manifest = Path(package.manifest_path)
    return Crate(
        id=package.id,
        name=package.name,
        manifest=manifest,
        library=library.name.replace("-", "_") if library else "",
        source=Path(library.src_path) if library else manifest.parent / "src" / "lib.rs",
        kinds=library.kind if library else (),
    )

"""What a pixi environment sets, asked once per state of its manifest and lock file.

The question is put through `pixi run`, which every version has and which is what a user types (`pixi run cargo
build`); `shell-hook --json` came later than 0.15.
"""

import os
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from workbench.build import processes
from workbench.model.errors import WorkbenchError

LIMIT = 1800.0
"""Seconds that pixi may take: the first time it solves and downloads."""

_MARK = "workbench-environment:"
_PRINT = f"import os,json;print();print('{_MARK}'+json.dumps(dict(os.environ)))"
_OF_THE_SHELL = {"PWD", "OLDPWD", "SHLVL", "_"}


class Activation(msgspec.Struct, frozen=True):
    """What activation changes: variables that it sets, and folders that it puts in front of PATH.

    `installed` says that the prefix existed; an environment without packages has none.
    """

    variables: dict[str, str]
    path: tuple[str, ...]
    installed: bool = False

    @property
    def prefix(self) -> Path | None:
        """The folder of the environment's packages, if there is one now."""
        folder = Path(self.variables.get("CONDA_PREFIX", ""))
        return folder if folder.is_absolute() and folder.is_dir() else None

    def over(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return the variables of `base`, activated."""
        path = os.pathsep.join([*self.path, base.get("PATH", os.defpath)])
        return {**base, **self.variables, "PATH": path}


def manifest_for(folder: Path, wanted: bool | None) -> Path | None:
    """Return the pixi manifest beside a folder's `Cargo.toml` or above it, unless the session does not want it.

    Raises WorkbenchError when the session asks for pixi and there is none.
    """
    if wanted is False:
        return None
    found = next((found for parent in (folder, *folder.parents) if (found := _manifest_in(parent))), None)
    if wanted and not found:
        raise WorkbenchError(
            f"`native.pixi` is true, but neither {folder} nor a folder above it has a pixi.toml or a pyproject.toml "
            "with [tool.pixi]: run `pixi init` there, or remove the line."
        )
    return found


def inputs(manifest: Path) -> frozenset[Path]:
    """Return the files that an environment is made from: manifest, lock and the scripts that activation runs."""
    scripts = {manifest.parent / name for name in _scripts(_parsed(manifest))}
    return frozenset({manifest, manifest.with_name("pixi.lock")} | scripts)


async def activated(
    folder: Path, wanted: bool | None, conda: str, base: Mapping[str, str], cache: Path
) -> "Activation | None":
    """Return the environment to build in: a conda prefix, or that of the pixi manifest at or above a folder, or none.

    Raises WorkbenchError.
    """
    if conda:
        prefix = Path(conda).expanduser()
        if not prefix.is_absolute() or not (prefix / "bin").is_dir():
            raise WorkbenchError(f"`native.conda` names {conda}, which is no absolute prefix with a folder `bin`.")
        return Activation({"CONDA_PREFIX": str(prefix)}, (str(prefix / "bin"),), True)
    manifest = manifest_for(folder, wanted)
    return await activation(manifest, base, cache) if manifest else None


async def activation(manifest: Path, base: Mapping[str, str], cache: Path) -> Activation:
    """Return what the environment of a manifest sets; raises WorkbenchError without pixi or when pixi refuses."""
    if known := _recall(cache, _key(manifest)):
        return known
    program = shutil.which("pixi", path=base.get("PATH"))
    if program is None:
        raise WorkbenchError(
            f"{manifest} describes the build environment, but pixi is not on PATH: install pixi, or set "
            "`pixi = false` under [native] in session.toml to build with the shell's own tools."
        )
    asked = await _ask(program, manifest, base)
    asked = msgspec.structs.replace(asked, installed=asked.prefix is not None)
    _remember(cache, _key(manifest), asked)
    return asked


async def _ask(program: str, manifest: Path, base: Mapping[str, str]) -> Activation:
    command = [program, "run", "--manifest-path", str(manifest), sys.executable, "-I", "-S", "-c", _PRINT]
    try:
        said = await processes.collect(command, cwd=manifest.parent, environment=base, limit=LIMIT)
    except TimeoutError as error:
        raise WorkbenchError(f"pixi did not answer within {LIMIT / 60:.0f} min for {manifest}.") from error
    answer = next((line for line in said.stdout.splitlines() if line.startswith(_MARK)), "")
    if said.code or not answer:
        words = " ".join(said.stderr.split())[-600:]
        raise WorkbenchError(f"pixi could not give the environment of {manifest}: {words or 'it said nothing'}")
    return difference(base, msgspec.json.decode(answer.removeprefix(_MARK), type=dict[str, str]))


def difference(base: Mapping[str, str], activated: Mapping[str, str]) -> Activation:
    """Return what turns `base` into `activated`; nothing else is kept, since a shell holds secrets."""
    before = set(base.get("PATH", "").split(os.pathsep))
    added = [part for part in activated.get("PATH", "").split(os.pathsep) if part and part not in before]
    changed = {
        name: value
        for name, value in activated.items()
        if base.get(name) != value and name not in _OF_THE_SHELL | {"PATH"}
    }
    return Activation(changed, tuple(dict.fromkeys(added)))


def _manifest_in(folder: Path) -> Path | None:
    if (folder / "pixi.toml").is_file():
        return folder / "pixi.toml"
    project = folder / "pyproject.toml"
    return project if "pixi" in _parsed(project).get("tool", {}) else None


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except (OSError, ValueError):
        return {}


def _scripts(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the scripts of every `[activation]`, which may stand below a target or a feature."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from value.get("scripts", ()) if name == "activation" else _scripts(value)


def _key(manifest: Path) -> str:
    digest = blake2b(str(manifest).encode(), digest_size=12)
    for path in sorted(inputs(manifest)):
        digest.update(path.read_bytes() if path.is_file() else b"none")
    return digest.hexdigest()


def _recall(cache: Path, key: str) -> Activation | None:
    try:
        known = msgspec.json.decode((cache / f"pixi-{key}.json").read_bytes(), type=Activation)
    except (OSError, msgspec.MsgspecError):
        return None
    return known if known.prefix or not known.installed else None


def _remember(cache: Path, key: str, activation: Activation) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    fresh = cache / f"pixi-{key}.{os.getpid()}"
    fresh.write_bytes(msgspec.json.encode(activation))
    fresh.replace(cache / f"pixi-{key}.json")

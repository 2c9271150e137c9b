"""`cargo vendor` into the cache, and the cargo arguments that build from there.

A crate's folder is part of what cargo fingerprints. It therefore stays where it is as the lock file changes: all
locks whose packages a name and a version identify share one folder of crates, to which each adds what is missing.
"""

import json
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

Replacements = Mapping[str, Mapping[str, str]]
_PRINTED, _OURS = "vendored-sources", "workbench"


class VendorError(Exception):
    """`cargo vendor` cannot take this workspace; the text is one sentence."""


def vendor(workspace: Path, to: Path, cargo: Sequence[str], env: Mapping[str, str]) -> Replacements:
    """Copies every locked dependency into `to`; gives the source replacements that cargo asks for.

    A mirror or a vendored folder that the user's own cargo configuration names is where the crates come from.
    """
    options = ("--locked", "--versioned-dirs", "--respect-source-config", "--manifest-path")
    done = subprocess.run(
        [*cargo, "vendor", *options, str(workspace / "Cargo.toml"), str(to)],
        cwd=workspace,
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise VendorError(f"cargo vendor failed: {_reason(done.stderr)}")
    with suppress(tomllib.TOMLDecodeError, KeyError):
        printed: Replacements = tomllib.loads(done.stdout)["source"]
        return printed
    raise VendorError("cargo vendor printed no source replacement")


def move_crates(new: Path, crates: Path) -> None:
    """Moves crate folders that are not there yet; one that is there, or gets there first, is the same."""
    crates.mkdir(parents=True, exist_ok=True)
    for crate in new.iterdir():
        if not (crates / crate.name).exists():
            _move(crate, crates / crate.name)


def _move(crate: Path, to: Path) -> None:
    try:
        crate.rename(to)
    except OSError:
        if not to.exists():
            raise


def cargo_args(printed: Replacements, configured: Replacements, crates: Path) -> tuple[str, ...]:
    """Arguments that make cargo take every source that `cargo vendor` printed from `crates`.

    Cargo allows one name for a source: where the user's configuration has it, that name.
    """
    names = {_identity(source): name for name, source in configured.items()}
    settings = {f"source.{_OURS}.directory": str(crates)}
    for name, source in printed.items():
        if name != _PRINTED:
            known = names.get(_identity(source), name) if _identity(source) else name
            replaced = dict(_identity(source)) | {"replace-with": _OURS}
            settings |= {f"source.{json.dumps(known)}.{key}": value for key, value in replaced.items()}
    pairs = [("--config", f"{key}={json.dumps(value)}") for key, value in settings.items()]
    return ("--locked", "--offline", *(word for pair in pairs for word in pair))


def configured_sources(workspace: Path, env: Mapping[str, str]) -> Replacements:
    """The sources that the user's own cargo configuration names for this workspace."""
    home = Path(env.get("CARGO_HOME") or Path(env.get("HOME", "")) / ".cargo")
    folders = [home, *(folder / ".cargo" for folder in (*reversed(workspace.parents), workspace))]
    sources: dict[str, Mapping[str, str]] = {}
    for file in (folder / name for folder in folders for name in ("config.toml", "config")):
        with suppress(OSError, tomllib.TOMLDecodeError):
            sources |= tomllib.loads(file.read_text("utf-8")).get("source", {})
    return sources


def _identity(source: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What makes two names one source to cargo; empty for crates.io."""
    return tuple(sorted((key, value) for key, value in source.items() if key != "replace-with"))


def _reason(stderr: str) -> str:
    """The innermost cause that cargo names."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    causes = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    causes += [after for line, after in pairwise(lines) if line == "Caused by:"]
    return causes[-1] if causes else "it gave no reason"

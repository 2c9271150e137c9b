"""What is said beside a build: its switches, its age against its sources, and what is not as it looks."""

import os
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from workbench.build.made import Made
from workbench.model.build import Card
from workbench.model.session import Native

SLACK = 1.0
"""Seconds that a source may be newer than what was made from it: file systems round times."""

_UNOPTIMISED = ("0", "1", "s", "z")


def card(native: Native, made: Made, shell: Mapping[str, str], root: Path, elsewhere: str) -> Card:
    """Return a build's card; `elsewhere` is another shared object that Python would import under the same name."""
    newest = max(_sources(made.read), key=lambda found: found[0], default=(0.0, Path()))
    compiled = _compiled_at(made.artifact)
    named = _shown(newest[1], root)
    variables = {**shell, **native.environment}
    return Card(
        features=native.features,
        opt_level=made.opt_level,
        switches={name: variables[name] for name in sorted(variables) if _switch(name, native.switches)},
        newest=named,
        newest_at=newest[0],
        compiled_at=compiled,
        doubts=tuple(_doubts(native, made, compiled, newest[0], named, elsewhere)),
    )


def _doubts(native: Native, made: Made, compiled: float, newest: float, named: str, elsewhere: str) -> Iterator[str]:
    wanted, folders = native.profile, made.artifact.parts
    if wanted == "release" and made.opt_level in _UNOPTIMISED:
        yield f"profile release is compiled with opt-level {made.opt_level}: its speed says nothing"
    if wanted == "release" and native.build in ("command", "none") and "debug" in folders:
        yield f"a debug build is checked as release: {made.artifact.name} comes from a folder `debug`"
    if wanted == "dev" and native.build in ("command", "none") and "release" in folders:
        yield f"a release build is checked as dev: {made.artifact.name} comes from a folder `release`"
    if compiled + SLACK < newest:
        yield f"{made.artifact.name} is {_span(newest - compiled)} older than {named}: it was not built from it"
    if elsewhere:
        yield f"Python by itself imports another build, {elsewhere}: what is run outside the workbench runs that one"


def _compiled_at(artifact: Path) -> float:
    """Return the artifact's time; a folder's is that of its newest file."""
    files = [path for path in artifact.rglob("*") if path.is_file()] if artifact.is_dir() else [artifact]
    return max((file.stat().st_mtime for file in files), default=0.0)


def _sources(read: Iterable[Path]) -> Iterator[tuple[float, Path]]:
    for path in read:
        try:
            yield path.stat().st_mtime, path
        except OSError:
            continue


def _switch(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _shown(path: Path, root: Path) -> str:
    return os.fspath(path.relative_to(root)) if path.is_relative_to(root) else path.name


def _span(seconds: float) -> str:
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"

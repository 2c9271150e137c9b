"""From what a user typed to an engine."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from workbench.engine.doctor import Finding, examine
from workbench.engine.engine import Engine
from workbench.engine.home import Home, home_of
from workbench.engine.wiring import builder_of
from workbench.model.errors import WorkbenchError
from workbench.model.events import Event
from workbench.session.find import find
from workbench.session.load import Loaded, load
from workbench.session.nearest import hint


def open_session(wanted: str | None, size: str | None, stages: tuple[str, ...], start: Path) -> Engine:
    """Return an engine for a session; raises WorkbenchError for a name, a size or a stage that it has not."""
    loaded = load(find(wanted, start))
    return Engine(loaded, size_of(loaded, size), home(loaded), stages_of(loaded, stages))


def size_of(loaded: Loaded, size: str | None) -> str:
    """Return the size that was asked for, else the session's default, else its first."""
    sizes = loaded.session.sizes
    chosen = size or loaded.session.default_size or next(iter(sizes))
    if chosen not in sizes:
        raise WorkbenchError(f"session `{loaded.session.name}` has no size `{chosen}`{hint(chosen, sizes)}")
    return chosen


def stages_of(loaded: Loaded, stages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the stages, all of which the session must have."""
    for stage in stages:
        if stage not in loaded.session.stages:
            known = hint(stage, loaded.session.stages)
            raise WorkbenchError(f"session `{loaded.session.name}` has no stage `{stage}`{known}")
    return stages


def home(loaded: Loaded) -> Home:
    """Return where the session's files are kept."""
    return home_of(loaded.folder, loaded.session.name)


def home_for(wanted: str | None, start: Path) -> Home:
    """Return the home of the session that `wanted` names."""
    return home(load(find(wanted, start)))


def cargo(
    wanted: str | None, arguments: tuple[str, ...], start: Path, emit: Callable[[Event], None]
) -> tuple[list[str], Mapping[str, str]]:
    """Return the command and environment of a cargo subcommand that shares what the session's builds have compiled.

    Raises WorkbenchError when the set-up is broken.
    """
    loaded = load(find(wanted, start))
    builder = builder_of(loaded, home(loaded))
    return asyncio.run(builder.passed_on(arguments[0], arguments[1:], emit))


def diagnose(wanted: str | None, start: Path) -> Iterator[Finding]:
    """Examine the machine; a session is part of it where one is named or the only one in reach."""
    try:
        path = find(wanted, start)
    except WorkbenchError:
        if wanted:
            raise
        return examine(None, None)
    try:
        loaded = load(path)
    except WorkbenchError as error:
        return chain(examine(None, None), [Finding("session", False, str(error), needed=True)])
    return examine(loaded, home(loaded))

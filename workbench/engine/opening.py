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
from workbench.session.choose import size_of, stages_of
from workbench.session.find import find
from workbench.session.load import Loaded, load


def open_session(
    wanted: str | None, size: str | None, stages: tuple[str, ...], start: Path, chain: bool = False,
    native_only: bool = False,
) -> Engine:  # fmt: skip
    """Return an engine for a session; raises WorkbenchError for a name, a size, a stage or a chain that it has not."""
    loaded = load(find(wanted, start))
    if chain and not loaded.session.chain:
        raise WorkbenchError(f"session `{loaded.session.name}` has no chain: declare its links in {loaded.path}")
    return Engine(loaded, size_of(loaded, size), home(loaded), stages_of(loaded, stages), chain, native_only)


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

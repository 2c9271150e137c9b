"""Which of the crates that were found the session is about, and what it is called."""

import re
from collections.abc import Callable

from workbench.model.errors import WorkbenchError
from workbench.starting.found import Crate, Found

Ask = Callable[[str, list[str]], str]
"""A question and its possible answers → one of them."""


def crate_of(found: Found, wanted: str, ask: Ask | None) -> Crate:
    """Return the crate that is named, or the only one, or the one that is answered with. Raises WorkbenchError."""
    by_name = {crate.name: crate for crate in found.crates}
    if wanted:
        if wanted not in by_name:
            raise WorkbenchError(f"there is no crate `{wanted}` to run here; {_there_is(found)}")
        return by_name[wanted]
    runnable = [crate for crate in found.crates if crate.kind != "binary"] or list(found.crates)
    if not runnable:
        raise WorkbenchError(_nothing(found))
    if len(runnable) == 1:
        return runnable[0]
    names = [crate.name for crate in runnable]
    if ask is None:
        raise WorkbenchError(f"several crates here, name one with --crate: {', '.join(names)}")
    return by_name[ask("Which crate is the port?", names)]


def session_name(crate: Crate) -> str:
    """Return what the session is called when nobody says otherwise."""
    return re.sub(r"[-_](rs|rust|port|native|py)$", "", crate.name) or crate.name


def _there_is(found: Found) -> str:
    names = ", ".join(f"`{crate.name}`" for crate in found.crates)
    return f"there is {names}" if names else _nothing(found)


def _nothing(found: Found) -> str:
    if found.plain:
        first = found.plain[0]
        return f'crate `{first}` makes nothing to run: add `crate-type = ["cdylib"]` under `[lib]` in its Cargo.toml'
    return "there is no Cargo.toml with a [package] below this folder; `workbench init --example` writes one"

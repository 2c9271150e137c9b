"""From a folder to a first session that loads."""

from pathlib import Path

from workbench.session.load import load
from workbench.starting import choice, session
from workbench.starting.found import look


def example(folder: Path) -> Path:
    """Write a new crate with its session; return the session's folder. Raises WorkbenchError."""
    home = session.write_example(folder)
    load(home / "session.toml")
    return home


def start(folder: Path, into: Path, crate: str, name: str, ask: choice.Ask | None) -> Path:
    """Write a session for a crate at or below a folder into `into`/<name>; return its folder. Raises WorkbenchError."""
    found = look(folder)
    chosen = choice.crate_of(found, crate, ask)
    home = into / (name or choice.session_name(chosen))
    session.write(home, home.name, chosen, found.models)
    load(home / "session.toml")
    return home

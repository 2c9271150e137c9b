"""Which session.toml a name or a path on the command line stands for."""

from pathlib import Path

from workbench.model.errors import WorkbenchError
from workbench.session.nearest import hint

FILE = "session.toml"


def find(wanted: str | None, start: Path) -> Path:
    """Return the session.toml that `wanted` names: a file, a folder, or a name under a `sessions/` folder.

    Without a name the only session in reach is taken. `sessions/` is looked for in `start` and its parents.
    Raises WorkbenchError when there is none, or more than one to choose from.
    """
    if wanted:
        path = (start / wanted).expanduser()
        for candidate in (path, path / FILE):
            if candidate.is_file():
                return candidate.resolve()
    known = _known(start)
    if wanted in known:
        return known[wanted]
    if wanted:
        raise WorkbenchError(f"there is no session `{wanted}` at or above {start}{hint(wanted, known)}")
    if len(known) == 1:
        return next(iter(known.values()))
    if not known:
        raise WorkbenchError(f"no sessions/*/{FILE} at or above {start}: name a session or change the folder")
    raise WorkbenchError(f"several sessions here, name one of: {', '.join(sorted(known))}")


def _known(start: Path) -> dict[str, Path]:
    for folder in (start, *start.parents):
        found = {path.parent.name: path.resolve() for path in folder.glob(f"sessions/*/{FILE}")}
        if found:
            return found
    return {}

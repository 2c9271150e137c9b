"""Whether Python by itself would import another copy of what was just built: one that was installed and forgotten."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from workbench.build import processes
from workbench.build.made import Made

_ASK = (
    "import sys, importlib.machinery as m\n"
    "s = m.PathFinder.find_spec(sys.argv[1])\n"
    "print(s.origin or next(iter(s.submodule_search_locations or ()), '') if s else '')"
)
LIMIT = 20.0
"""Seconds that an interpreter may take to look."""


async def imported(made: Made, python: str, folder: Path, shell: Mapping[str, str]) -> str:
    """Return the file or package that `import` finds in `folder` under the name of a wheel's module, or nothing.

    It need not be older, but it is not this build. Nothing is imported.
    """
    if made.site is None:
        return ""
    name = made.artifact.relative_to(made.site).parts[0].split(".", 1)[0]
    program = shutil.which(python, path=shell.get("PATH")) if python else sys.executable
    if program is None:
        return ""
    command = [program, "-c", _ASK, name]
    try:
        said = await processes.collect(command, cwd=folder, environment=shell, limit=LIMIT)
    except TimeoutError:
        return ""
    return said.stdout.strip() if said.code == 0 and _compiled(Path(said.stdout.strip()), name) else ""


def _compiled(found: Path, name: str) -> bool:
    """Return whether what was found holds a shared object of its own."""
    if found.suffix in (".so", ".dylib", ".pyd"):
        return True
    folder = found.parent if found.suffix == ".py" else found
    return folder.name == name and any(folder.rglob("*.so"))

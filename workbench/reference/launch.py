"""How to start the reference worker under any interpreter; usable where torch is not installed."""

from __future__ import annotations

from pathlib import Path

BOOTSTRAP = """\
import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
spec = ModuleSpec("workbench", None, is_package=True)
spec.submodule_search_locations = [sys.argv.pop(1)]
sys.modules["workbench"] = module_from_spec(spec)
sys.path[:] = [folder for folder in sys.path if folder]
from workbench.reference.worker import main
main()
"""


def command(python: str) -> list[str]:
    """The arguments that run the worker under `python`.

    The child finds `workbench.reference` through a bare package with a path of its own, so nothing else that is
    installed beside the workbench becomes importable there; nor does the current folder.
    """
    return [python, "-c", BOOTSTRAP, str(Path(__file__).resolve().parents[1])]

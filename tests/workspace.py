"""A copy of the real workspace for tests and benchmarks that edit it."""

import os
import shutil
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


def copy_workspace(folder: Path) -> Path:
    """Copy `rust/` and `sessions/` to `folder`, and point this process at files of its own and a shared target."""
    ignored = shutil.ignore_patterns("target", "__pycache__")
    for name in ("rust", "sessions"):
        # `copy` gives files the time of now: cargo goes by time, and the shared target folder holds another copy's.
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored, copy_function=shutil.copy)
    (folder / ".git").mkdir()
    os.environ["WORKBENCH_HOME"] = str(folder / "home")
    os.environ.setdefault("WORKBENCH_TARGET", str(REPOSITORY / ".workbench" / "target"))
    os.environ["OMP_WAIT_POLICY"] = "passive"
    return folder

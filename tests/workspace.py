"""A copy of the real workspace for tests and benchmarks that edit it."""

import json
import os
import re
import shutil
from collections.abc import Collection
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
SPEECH = ["arctic", "librivox", "arctic_short"]
"""The copy's inputs: real speech of three lengths; what is short and odd has tests of its own."""
STAGE = "flow.dit"
"""The copy's stage."""


def copy_workspace(folder: Path, stages: Collection[str] = (STAGE,), chain: bool = False) -> Path:
    """Copy `rust/` and `sessions/` to `folder`, and point this process at files of its own and a shared target.

    Of the session's stages, and of its chain, only what is asked for stays.
    """
    ignored = shutil.ignore_patterns("target", "__pycache__")
    for name in ("rust", "sessions"):
        # `copy` gives files the time of now: cargo goes by time, and the shared target folder holds another copy's.
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored, copy_function=shutil.copy)
    session = folder / "sessions" / "cosyvoice3" / "session.toml"
    text = re.sub(r"(?m)^inputs = .*$", f"inputs = {json.dumps(SPEECH)}", session.read_text())
    tables = re.split(r"(?m)^(?=\[)", text)
    session.write_text("".join(table for table in tables if _stays(table, stages, chain)))
    (folder / ".git").mkdir()
    os.environ["WORKBENCH_HOME"] = str(folder / "home")
    os.environ.setdefault("WORKBENCH_TARGET", str(REPOSITORY / ".workbench" / "target"))
    os.environ["OMP_WAIT_POLICY"] = "passive"
    return folder


def _stays(table: str, stages: Collection[str], chain: bool) -> bool:
    if table.startswith(("[chain", "[harness")):
        return chain
    return not table.startswith("[stages.") or any(table.startswith(f'[stages."{stage}"') for stage in stages)

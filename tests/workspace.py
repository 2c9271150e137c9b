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
FLOW = Path("sessions/cosyvoice3/weights/small/flow.safetensors")
"""The checkpoint of the copy's stage."""
STAGE = "flow.dit"
"""The copy's stage."""


def copy_workspace(folder: Path) -> Path:
    """Copy `rust/` and `sessions/` to `folder`, and point this process at files of its own and a shared target.

    Of the session's stages one stays. A second copy would have to compile the port again, and the first one after it.
    """
    ignored = shutil.ignore_patterns("target", "__pycache__")
    for name in ("rust", "sessions"):
        # `copy` gives files the time of now: cargo goes by time, and the shared target folder holds another copy's.
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored, copy_function=shutil.copy)
    session = folder / "sessions" / "cosyvoice3" / "session.toml"
    session.write_text(session_of([STAGE]))
    (folder / ".git").mkdir()
    return at_home(folder)


def at_home(folder: Path) -> Path:
    """Point this process at a copy's own files and a shared target; return the copy."""
    os.environ["WORKBENCH_HOME"] = str(folder / "home")
    os.environ.setdefault("WORKBENCH_TARGET", str(REPOSITORY / ".workbench" / "target"))
    os.environ["OMP_WAIT_POLICY"] = "passive"
    return folder


def session_of(stages: Collection[str], inputs: list[str] = SPEECH) -> str:
    """Return the text of a session.toml with some of the real one's stages, on some inputs, without a chain."""
    declared = REPOSITORY / "sessions" / "cosyvoice3" / "session.toml"
    text = re.sub(r"(?m)^inputs = .*$", f"inputs = {json.dumps(inputs)}", declared.read_text())
    text = re.sub(r"(?m)^after = .*\n", "", text)
    text = re.sub(r"(?m)^hear = .*\n", "", text)  # a vocoder need not be among the stages
    return "".join(table for table in re.split(r"(?m)^(?=\[)", text) if _stays(table, stages))


def _stays(table: str, stages: Collection[str]) -> bool:
    if table.startswith(("[chain", "[harness")):
        return False
    return not table.startswith("[stages.") or any(table.startswith(f'[stages."{stage}"') for stage in stages)

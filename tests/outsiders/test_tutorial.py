"""docs/tutorial.md, word for word: every command in its order, and what each is said to print."""

import os
import re
import subprocess
from pathlib import Path

from tests.cli.driving import WORKBENCH
from tests.outsiders.crates import REPOSITORY

BLOCK = re.compile(r"```(sh|text)([^\n]*)\n(.*?)```", re.DOTALL)


def test_the_tutorial_says_the_truth(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("WORKBENCH_HOME", raising=False)
    path = f"{WORKBENCH.parent}{os.pathsep}{os.environ['PATH']}"
    target = str(REPOSITORY / ".workbench" / "target" / "outsiders")
    environment = {**os.environ, "PATH": path, "WORKBENCH_TARGET": target, "OMP_WAIT_POLICY": "passive"}
    printed, here = "", tmp_path
    blocks = BLOCK.findall((REPOSITORY / "docs" / "tutorial.md").read_text())
    assert sum(kind == "sh" for kind, _, _ in blocks) >= 5
    for kind, info, text in blocks:
        if kind == "text":
            for line in text.splitlines():
                assert re.search(pattern(line), printed, re.MULTILINE), f"{line!r} was not printed:\n{printed}"
            continue
        ran = subprocess.run(
            ["bash", "-ec", f"{text}\npwd > '{tmp_path}/.here'"], cwd=here, env=environment,
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        printed = ran.stdout + ran.stderr
        wanted = re.search(r"exit=(\d+)", info)
        assert ran.returncode == (int(wanted[1]) if wanted else 0), (text, printed)
        if not wanted:
            here = Path((tmp_path / ".here").read_text().strip())


def pattern(line: str) -> str:
    """Return what a printed line has to look like: `…` stands for anything, and spaces for any number of them."""
    parts = [r"\s+".join(map(re.escape, part.split())) for part in line.split("…")]
    return r"[^\n]*".join(parts)

"""Killed in the middle of a capture: the next check goes on from what is whole, and passes."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.cli.driving import WORKBENCH, run
from workbench.model.events import Progress, decode


def until_capturing(command: "subprocess.Popen[str]", run_name: str) -> None:
    assert command.stdout
    for line in command.stdout:
        event = decode(line)
        if isinstance(event, Progress) and event.task == "capture" and event.label.endswith(f", {run_name}"):
            return
    raise AssertionError(f"it ended without a {run_name} run")


@pytest.mark.parametrize("run_name", ["float32", "float64"])
def test_a_capture_that_was_killed_is_made_whole_by_the_next_check(workspace: Path, run_name: str) -> None:
    captures = workspace / "home" / "captures"
    shutil.rmtree(captures, ignore_errors=True)
    with subprocess.Popen([WORKBENCH, "check", "--json"], cwd=workspace, stdout=subprocess.PIPE, text=True) as command:
        until_capturing(command, run_name)
        family = psutil.Process(command.pid).children(recursive=True)
        os.kill(command.pid, signal.SIGKILL)
    assert psutil.wait_procs(family, timeout=10)[1] == []
    assert len(list(captures.rglob("manifest.json"))) < 3
    done = run("check", cwd=workspace)
    assert done.returncode == 0, done.stdout[-300:]
    manifests = [json.loads(path.read_text()) for path in captures.rglob("manifest.json")]
    assert [manifest["float64"] for manifest in manifests] == [None] * 3
    assert not list(captures.rglob("*.tmp")) and not list(captures.rglob("*.partial.json"))

"""Two workbenches on one session at once: both finish, and what they keep is whole."""

import shutil
import sqlite3
import subprocess
from pathlib import Path

from tests.cli.driving import WORKBENCH, events_of, run


def test_two_checks_at_once_both_pass_and_nothing_is_corrupt(workspace: Path) -> None:
    home = workspace / "home"
    for folder in ("captures", "checkpoints", "builds"):
        shutil.rmtree(home / folder, ignore_errors=True)
    logs = set((home / "events").glob("*"))
    both = [
        subprocess.Popen(
            [WORKBENCH, "check"], cwd=workspace, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            stdin=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]  # fmt: skip
    for command in both:
        stdout, stderr = command.communicate(timeout=600)
        assert command.returncode == 0, (stdout[-2000:], stderr[-2000:])
        assert "● pass: " in stdout.splitlines()[-1] and "Traceback" not in stderr
    with sqlite3.connect(home / "history.sqlite") as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
        newest = database.execute("select number, verdict from checks order by id desc limit 2").fetchall()
    assert newest[0] == newest[1] and newest[0][1] == "pass"
    assert len(list((home / "captures").rglob("manifest.json"))) == 3
    written = set((home / "events").glob("*")) - logs
    assert len(written) == 2 and all(events_of(log) for log in written)
    assert run("check", cwd=workspace).returncode == 0

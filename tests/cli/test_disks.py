"""Disks that refuse: a full one, and a source tree that cannot be written to, mounted for one command each."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.driving import WORKBENCH, kept

UNSHARE = ("unshare", "--mount") if os.getuid() == 0 else ("unshare", "--mount", "--map-root-user")
CHECK = f"{shlex.quote(str(WORKBENCH))} check"


def mounted(script: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script whose mounts nobody else sees and that end with it."""
    return subprocess.run(
        [*UNSHARE, "sh", "-c", script], cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=900, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _may_mount() -> None:
    try:
        tried = mounted("mount -t tmpfs tmpfs /mnt", Path("/"))
    except FileNotFoundError:
        pytest.skip("there is no `unshare` here to mount a full disk with")
    if tried.returncode:
        pytest.skip(f"no test may mount a disk here: {tried.stderr.strip()}")


@pytest.mark.parametrize(
    ("size", "code", "told"),
    [
        ("2m", 2, "The disk is full: the build could not be kept in {}/builds/cosyvoice3; free some space"),
        ("30m", 1, "reference.safetensors could not be written: No space left on device; make room there"),
    ],
    ids=["for a build", "for a capture"],
)
def test_a_full_disk_is_told_and_room_mends_it(
    workspace: Path, tmp_path: Path, size: str, code: int, told: str
) -> None:
    disk = shlex.quote(str(tmp_path))
    done = mounted(
        f"""
        mount -t tmpfs -o size={size} tmpfs {disk}
        {CHECK} 2>&1; echo "exit $?"
        find {disk} -name '*.tmp' -o -name '.new-*'
        echo ROOM
        mount -o remount,size=1g {disk}
        {CHECK}; echo "exit $?"
        """,
        cwd=workspace,
        WORKBENCH_HOME=str(tmp_path),
    )
    full, _, roomy = done.stdout.partition("ROOM\n")
    assert told.format(tmp_path) in full and "Traceback" not in full, full[-3000:]
    assert full.splitlines()[-1] == f"exit {code}", "nothing half written stays behind"
    assert roomy.endswith("exit 0\n") and "● pass: " in roomy, (roomy[-1000:], done.stderr[-3000:])


def test_a_tree_that_cannot_be_written_to_is_checked_all_the_same(workspace: Path, tmp_path: Path) -> None:
    tree = shlex.quote(str(workspace))
    before = kept(workspace / "rust") | kept(workspace / "sessions")
    done = mounted(
        f"""
        mount --bind {tree} {tree} && mount -o remount,bind,ro {tree} && cd {tree} || exit 99
        touch rust/x && exit 98
        unset WORKBENCH_HOME
        exec {CHECK}
        """,
        cwd=tmp_path,
        XDG_STATE_HOME=str(tmp_path),
    )
    assert done.returncode == 0, (done.stdout[-1000:], done.stderr[-3000:])
    assert "● pass: " in done.stdout.splitlines()[-1]
    assert kept(workspace / "rust") | kept(workspace / "sessions") == before
    assert list(tmp_path.glob("workbench/cosyvoice3-*/captures"))

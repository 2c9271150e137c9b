"""Debian packages that a test drives: installed where that needs no question, else the test says what it lacks."""

import fcntl
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

APT = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq"]


def needs(*packages: str, has: str) -> None:
    """Install the packages unless the command `has` is there; skip with their names where that is not possible."""
    if shutil.which(has) is None:
        install(packages)
    if shutil.which(has) is None:
        pytest.skip(f"{has} is missing: apt-get install {' '.join(packages)}")


@functools.cache
def install(packages: tuple[str, ...]) -> None:
    """Ask apt once a run, one test process at a time."""
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") is None or (rights and shutil.which("sudo") is None):
        return
    with (Path(tempfile.gettempdir()) / "workbench-tests-apt").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            subprocess.run(
                [*rights, *APT, *command],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, timeout=600, check=False,
            )  # fmt: skip

"""A temporary copy of the real workspace, for tests that edit it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of `rust/` and `sessions/`, with files kept apart from the checkout's but compiled crates shared."""
    folder = tmp_path_factory.mktemp("a port")
    ignored = shutil.ignore_patterns("target", "__pycache__")
    for name in ("rust", "sessions"):
        # `copy` gives files the time of now: cargo goes by time, and the shared target folder holds another copy's.
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored, copy_function=shutil.copy)
    (folder / ".git").mkdir()
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKBENCH_HOME", str(folder / "home"))
    patch.setenv("WORKBENCH_TARGET", os.environ.get("WORKBENCH_TARGET", str(REPOSITORY / ".workbench" / "target")))
    patch.setenv("OMP_WAIT_POLICY", "passive")
    yield folder
    patch.undo()

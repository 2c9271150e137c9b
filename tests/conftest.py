"""A temporary copy of the real workspace, for tests that edit it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workspace import copy_workspace


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of `rust/` and `sessions/`, with files kept apart from the checkout's but compiled crates shared."""
    before = dict(os.environ)
    yield copy_workspace(tmp_path_factory.mktemp("a port"))
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def brief(workspace: Path) -> Iterator[Path]:
    """The workspace with one short input, for what is the same on all of them."""
    path = workspace / "sessions" / "cosyvoice3" / "session.toml"
    text = path.read_text()
    path.write_text(re.sub(r"(?m)^inputs = .*$", 'inputs = ["arctic_short"]', text))
    yield workspace
    path.write_text(text)

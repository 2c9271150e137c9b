"""A session that takes less time."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def brief(workspace: Path) -> Iterator[Path]:
    """The workspace with the shortest of its three inputs, for what is the same on all of them."""
    path = workspace / "sessions" / "cosyvoice3" / "session.toml"
    text = path.read_text()
    path.write_text(text.replace('["arctic", "librivox", "arctic_short"]', '["arctic_short"]'))
    yield workspace
    path.write_text(text)

"""A watched source tree, and the Edits that come out of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from workbench.model.events import Event
from workbench.watch.watcher import Edit, Watcher


class Tree:
    """`root` with `Cargo.toml`, `src/a.rs` and `src/b.rs` under a running Watcher."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outside = root.parent
        self.notices: list[Event] = []
        self.states: list[str] = []
        self.edits: list[tuple[float, Edit]] = []
        for name in ("Cargo.toml", "src/a.rs", "src/b.rs"):
            self.write(name, name)
        self.inputs = {root / "Cargo.toml", root / "src/a.rs", root / "src/b.rs", root / ".cargo/config.toml"}

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    async def run(self, **options: object) -> None:
        self.watcher = Watcher(self.root, emit=self.notices.append, on_state=self.states.append, **options)
        await self.watcher.update(self.inputs, {self.root / "src"})
        self.task = asyncio.create_task(self._collect())

    async def _collect(self) -> None:
        async for edit in self.watcher.changes():
            self.edits.append((time.monotonic(), edit))

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.watcher.__aexit__()

    async def next(self, limit: float = 5.0) -> Edit:
        """The next Edit, which may already be there."""
        return (await self.next_at(limit))[1]

    async def next_at(self, limit: float = 5.0) -> tuple[float, Edit]:
        """The next Edit and the moment it came."""
        for _ in range(int(limit / 0.005)):
            if self.edits:
                break
            await asyncio.sleep(0.005)
        return self.edits.pop(0)

    async def silence(self, seconds: float = 0.3) -> None:
        """Nothing more comes."""
        await asyncio.sleep(seconds)
        assert self.edits == []


@pytest.fixture
async def tree(tmp_path: Path) -> AsyncIterator[Tree]:
    tree = Tree(tmp_path / "work")
    await tree.run()
    yield tree
    await tree.stop()

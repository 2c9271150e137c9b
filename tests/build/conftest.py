"""A dependency-free cdylib in a workspace of its own, and a Builder for it.

Its cargo home is its own too, so that no other cargo's lock is waited for.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.build.builder import Builder
from workbench.model.events import Event
from workbench.model.session import Native

WORKSPACE = '[workspace]\nresolver = "3"\nmembers = ["port"]\n'
PACKAGE = '[package]\nname = "my-port"\nversion = "0.1.0"\nedition = "2024"\n[lib]\ncrate-type = ["cdylib"]\n'
LOCK = 'version = 4\n\n[[package]]\nname = "my-port"\nversion = "0.1.0"\n'
LIB = 'mod attn;\n#[unsafe(no_mangle)]\npub extern "C" fn answer() -> i32 {\n    attn::answer()\n}\n'


class Port:
    """The user's source tree and the workbench's folders beside it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "rust"
        self.builds = folder / "home" / "builds"
        self.target = folder / "home" / "target"
        self.shell = dict(os.environ) | {"CARGO_HOME": str(folder / "cargo")}
        self.folders = {"builds": self.builds, "target": self.target, "shell": self.shell}
        self.events: list[Event] = []
        self.write("Cargo.toml", WORKSPACE)
        self.write("Cargo.lock", LOCK)
        self.write("port/Cargo.toml", PACKAGE)
        self.write("port/src/lib.rs", LIB)
        self.answer(41)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def answer(self, number: int | str) -> Path:
        return self.write("port/src/attn.rs", f"pub fn answer() -> i32 {{\n    {number}\n}}\n")

    def builder(self, shell: dict[str, str] | None = None, **native: object) -> Builder:
        asked = {"manifest": "Cargo.toml", "package": "my-port", "layers": False, "pixi": False} | native
        shell = self.shell if shell is None else shell
        return Builder(Native(**asked), self.root, **(self.folders | {"shell": shell}))

    def emit(self, event: Event) -> None:
        self.events.append(event)

    async def until(self, true: Callable[[], object], seconds: float = 20.0) -> None:
        for _ in range(int(seconds / 0.02)):
            if true():
                return
            await asyncio.sleep(0.02)
        pytest.fail("it did not happen")

    def heard(self, kind: type[Event]) -> list:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def port(tmp_path: Path) -> Port:
    return Port(tmp_path)

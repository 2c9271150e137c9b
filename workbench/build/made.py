"""What a maker hands over: an artifact, and what is known of how it came to be."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from workbench.model.build import Runs
from workbench.model.events import Event

Emit = Callable[[Event], None]


class NotMade(Exception):
    """There is no artifact, for a reason that another save can mend; the text is the reason."""


class Made(msgspec.Struct, frozen=True):
    """An artifact, within `site` where it is part of an unpacked wheel; `read` are the files that it was made from.

    `profile` is empty where nobody knows, `opt_level` is cargo's. `plain_reason` says why layers are not tapped.
    """

    artifact: Path
    read: frozenset[Path]
    site: Path | None = None
    runs: Runs = "module"
    profile: str = ""
    opt_level: str = ""
    layers: bool = False
    plain_reason: str = ""
    suffixes: tuple[str, ...] = ("",)


class Maker(Protocol):
    """One way to build."""

    @property
    def root(self) -> Path:
        """The folder that the files in diagnostics are relative to."""

    def roots(self) -> frozenset[Path]:
        """Return the source folders in which any new `.rs` file belongs to the build."""

    def inputs(self) -> frozenset[Path]:
        """Return the files that matter, existing or not."""

    async def prepare(self, generation: int, emit: Emit) -> None:
        """Find out the above before the first build. Raises WorkbenchError when the user has to act first."""

    async def make(self, generation: int, emit: Emit, scratch: Path) -> Made:
        """Build; `scratch` is a folder that is gone once the artifact is kept. Raises NotMade or WorkbenchError."""

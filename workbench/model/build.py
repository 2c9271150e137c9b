"""Builds and compiler diagnostics."""

from typing import Literal

import msgspec

Runs = Literal["module", "executable", "folder"]
"""How a build is run: imported or opened as a library, started, or not at all since it is tensors."""


class Card(msgspec.Struct, frozen=True):
    """What else to know of a build before its figures are believed.

    `opt_level` is cargo's, empty where nobody says. `switches` are the variables that the session names and that are
    set. `newest` is the newest source, of `newest_at`; `compiled_at` is the artifact's own time (both in Unix seconds).
    `doubts` are sentences on what is not as it looks.
    """

    features: tuple[str, ...] = ()
    opt_level: str = ""
    switches: dict[str, str] = {}
    newest: str = ""
    newest_at: float = 0.0
    compiled_at: float = 0.0
    doubts: tuple[str, ...] = ()


class Build(msgspec.Struct, frozen=True):
    """One compiled native artifact, kept by content hash under `builds/<id>/`.

    `number` counts the builds of a session (#37); `layers` says whether candle-nn was instrumented, and if it was
    not, `plain_reason` says why. `suffixes` stand behind the names of the tap interface, one for each candle-nn.
    `made_at` is in Unix seconds, `seconds` is the time that it took. `site` is the folder that an unpacked wheel is
    imported from, empty where there is none.
    """

    id: str
    number: int
    artifact: str
    profile: str
    made_at: float
    seconds: float
    layers: bool = False
    plain_reason: str = ""
    fresh: bool = False
    suffixes: tuple[str, ...] = ("",)
    runs: Runs = "module"
    site: str = ""
    card: Card = Card()

    @property
    def label(self) -> str:
        """`#37 a1f3c2`, as the header shows it."""
        return f"#{self.number} {self.id[:6]}"


class Diagnostic(msgspec.Struct, frozen=True):
    """One message of the compiler; `rendered` keeps its ANSI colours; `file` is relative to the workspace."""

    level: str
    message: str
    rendered: str
    file: str = ""
    line: int = 0
    column: int = 0
    code: str = ""
    explanation: str = ""

"""Builds and compiler diagnostics."""

import msgspec


class Build(msgspec.Struct, frozen=True):
    """One compiled native artifact, kept by content hash under `builds/<id>/`.

    `number` counts the builds of a session (#37); `layers` says whether candle-nn was instrumented, and if it was
    not, `plain_reason` says why. `suffixes` stand behind the names of the tap interface, one for each candle-nn.
    `made_at` is in Unix seconds, `seconds` is the time that cargo took.
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

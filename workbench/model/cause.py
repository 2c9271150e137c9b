"""Causes: tested explanations of a row that fails, and where an error sits where none is found."""

from enum import StrEnum

import msgspec

from workbench.model.row import Source


class CauseKind(StrEnum):
    """How a cause was found: by looking at what was read, at the tensor, or by changing the reference."""

    STATIC = "static"
    TENSOR = "tensor"
    MUTATION = "mutation"


class Remaining(msgspec.Struct, frozen=True, gc=False):
    """An error in × floor, as rms and as the largest element."""

    rms: float
    max: float


class Wording(msgspec.Struct, frozen=True, gc=False):
    """What a port does and where the reference does otherwise, in one family's words; `value` is its number."""

    family: str
    words: str
    value: float | None = None
    python: Source | None = None


class Cause(msgspec.Struct, frozen=True, gc=False):
    """An explanation that takes the error to the floor.

    `words` say what the port does ("the port's output is 2 × the reference's"); `constant` names its number, whose
    value is `value`. `also` are other words that no element of the port's tensor speaks against. `tried` counts the
    hypotheses; `runner_up` is the rms that the best of those that do not explain the row left, in × floor.
    """

    kind: CauseKind
    family: str
    words: str
    before: Remaining
    after: Remaining
    tried: int
    constant: str = ""
    value: float | None = None
    runner_up: float | None = None
    python: Source | None = None
    rust: Source | None = None
    also: tuple[Wording, ...] = ()


class Finding(msgspec.Struct, frozen=True, gc=False):
    """Where an error sits or what it looks like: a description, which explains nothing."""

    family: str
    words: str


class WhatIf(msgspec.Struct, frozen=True, gc=False):
    """The rms error of a stage's `output`, in × floor: as it is `now`, and `then`, without the own error of `tap`."""

    tap: str
    output: str
    now: float
    then: float


class Explanation(msgspec.Struct, frozen=True, gc=False):
    """What is known of why a row fails; without a cause it is not explained.

    `causes` all reach the floor, the likeliest first. `tried` counts what was tried, `ruled_out` the families of it.
    `nearest` says what came nearest of the rest, and the rms that it left, in × floor.
    """

    causes: tuple[Cause, ...] = ()
    findings: tuple[Finding, ...] = ()
    tried: int = 0
    ruled_out: tuple[str, ...] = ()
    nearest: tuple[str, float] | None = None

    @property
    def cause(self) -> Cause | None:
        """The likeliest cause."""
        return self.causes[0] if self.causes else None

    @property
    def words(self) -> str:
        """One clause for a table: the cause, else where the error sits, else that nothing explains it."""
        return "; ".join([self.cause.words if self.cause else "not explained", *(each.words for each in self.findings)])

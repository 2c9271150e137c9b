"""Rows: what a check says of one tap."""

from enum import StrEnum

import msgspec

from workbench.model.verdict import Verdict


class Source(msgspec.Struct, frozen=True, gc=False):
    """Lines of one source file; `file` is relative to the workspace where it lies inside it.

    `first` to `last` (1-based, both included) is what may have made the tensor: the lines since the tap before it
    in the same file. The call itself stands on `last`. `edited` names the changed line among them, if there is one.
    """

    file: str
    last: int
    first: int = 0
    edited: int = 0

    @property
    def text(self) -> str:
        """`file:line`, the form that editors and terminals understand."""
        return f"{self.file}:{self.edited or self.last}"


class Error(msgspec.Struct, frozen=True, gc=False):
    """One column of a row: the port's error at a tap beside the noise of the reference at the same tap.

    `rms` and `max` are absolute, in the tensor's own unit; `relative` is rms over the rms of the float64 reference;
    `times_rms` and `times_max` are in units of the floor.
    """

    rms: float
    max: float
    relative: float
    times_rms: float
    times_max: float


class Detail(msgspec.Struct, frozen=True, gc=False):
    """What the detail pane shows of the column that decided the verdict.

    `neighbours` are (index along the last axis, port, reference) around the worst element. `histogram` counts
    elements by floor(log2|error|), the first bin being `histogram_start`; exact ones are in `zeros`. `profile` has,
    per axis, the rms error along that axis in at most 64 bins. A value that is not finite is None.
    """

    column: str
    atol: float
    rtol: float
    worst_index: tuple[int, ...]
    worst_actual: float | None
    worst_expected: float | None
    cosine: float
    snr_db: float
    bias: float
    count: int
    differing: int
    zeros: int
    histogram_start: int
    histogram: tuple[int, ...]
    profile: tuple[tuple[float, ...], ...]
    neighbours: tuple[tuple[int, float | None, float | None], ...] = ()
    nonfinite: int = 0


class Change(StrEnum):
    """What the last save did to a row, against the check before it."""

    NONE = ""
    FIXED = "fixed"
    BROKEN = "broken"
    BETTER = "better"
    WORSE = "worse"
    NEW = "new"


SOUND = "sound"


class Row(msgspec.Struct, frozen=True, gc=False):
    """One tap of one stage on one input, judged.

    `order` is the position in the reference's execution. `local` compares the port fed with the reference's own
    tensors; `accumulated` compares the port left alone. `reason` is a short clause where the verdict needs one.
    Of a sound there are rows beside its tap's, of the kind SOUND: one number each, which `said` puts into words,
    against what the reference's own noise explains of it.
    """

    stage: str
    input: str
    name: str
    order: int
    kind: str
    dtype: str
    shape: tuple[int, ...]
    verdict: Verdict
    local: Error | None = None
    accumulated: Error | None = None
    reason: str = ""
    source: Source | None = None
    reference_source: Source | None = None
    detail: Detail | None = None
    change: Change = Change.NONE
    history: tuple[float, ...] = ()
    said: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Identity across checks."""
        return (self.stage, self.input, self.name)

    @property
    def of(self) -> str:
        """The tap that the row speaks of: its own name, but for a sound's numbers."""
        return self.name.rpartition(":")[0] if self.kind == SOUND else self.name

    @property
    def measured(self) -> bool:
        """Whether it is a tensor of the port that was held against the reference's, element by element."""
        return self.kind != SOUND and (self.local is not None or self.accumulated is not None)

    @property
    def times(self) -> float:
        """The larger of both columns, in × floor on rms; infinite where the tensors could not be compared."""
        columns = [error.times_rms for error in (self.local, self.accumulated) if error]
        return max(columns, default=float("inf") if self.verdict is Verdict.FAIL else 0.0)

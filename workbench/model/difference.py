"""What `workbench diff` says: one record per tensor, one at the end."""

from workbench.model.cause import Explanation
from workbench.model.events import Event
from workbench.model.row import Row
from workbench.model.verdict import Verdict


class Difference(Event, frozen=True, tag=True):
    """One tensor of A against B's of the same name.

    `row.accumulated` is there where a floor is; `rms` and `max` are the error over the rms of B's tensor, which are
    the smallest tolerances that would pass. `other_dtype` and `other_shape` are B's.
    """

    row: Row
    other_dtype: str = ""
    other_shape: tuple[int, ...] = ()
    rms: float = 0.0
    max: float = 0.0
    differing: int = 0
    worst_index: tuple[int, ...] = ()
    worst_actual: float | None = None
    worst_expected: float | None = None
    explanation: Explanation | None = None
    unit: str = ""
    """What × floor is in the explanation: the floor, a tolerance, or a rounding that is assumed."""


class DiffDone(Event, frozen=True, tag=True):
    """Every tensor was compared; `counts` has the rows by verdict, `rms` and `max` are the largest of all rows."""

    verdict: Verdict
    counts: dict[str, int]
    rms: float
    max: float
    seconds: float

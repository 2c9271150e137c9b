"""What a whole check comes to."""

from collections import Counter
from dataclasses import dataclass

from workbench.engine.context import Context
from workbench.model.events import CheckDone, StageDone
from workbench.model.row import Row
from workbench.model.verdict import Verdict, worst


@dataclass(frozen=True)
class Ended:
    """One stage on one input, judged."""

    done: StageDone
    rows: list[Row]


def summary(context: Context, ended: list[Ended], seconds: float) -> CheckDone:
    """Return the check's last event."""
    rows = [row for each in ended for row in each.rows]
    first = first_divergence(rows)
    return CheckDone(
        generation=context.generation,
        build=context.build,
        verdict=worst([each.done.verdict for each in ended]),
        seconds=seconds,
        first=first,
        by_order=first is not None and first.kind != "test" and first.stage not in _injected(rows),
        doubt=None if first else next((row for row in rows if row.verdict is Verdict.INCONCLUSIVE), None),
        counts=dict(Counter(row.verdict.value for row in rows)),
        edited=context.places.edited(context.edits),
    )


def first_divergence(rows: list[Row]) -> Row | None:
    """Return the first row, in execution order of the first wrong stage, that is wrong by its own local error.

    What could not be compared at all (another shape, a missing output) is wrong by itself as well. Where no row of
    a stage has a local column (a port that cannot be injected) its first wrong row counts: weaker evidence.
    Of several inputs the one with the largest error speaks.
    """
    failed = [row for row in rows if row.verdict is Verdict.FAIL]
    injected = _injected(rows)
    alone = [row for row in failed if row.local or row.accumulated is None or row.stage not in injected]
    own = alone or failed
    if not own:
        return None
    stage = own[0].stage
    order = min(row.order for row in own if row.stage == stage)
    return max((row for row in own if (row.stage, row.order) == (stage, order)), key=lambda row: row.times)


def _injected(rows: list[Row]) -> set[str]:
    """Return the stages that have a local column."""
    return {row.stage for row in rows if row.local is not None}

"""Which row a check names first, and how much that proves."""

import msgspec

from workbench.engine.summary import Ended, first_divergence, summary
from workbench.model.build import Build
from workbench.model.events import BY_ORDER, StageDone
from workbench.model.row import Error, Row
from workbench.model.verdict import Verdict
from workbench.report import table

WORSE = Error(2.0, 2.0, 2.0, 300.0, 300.0)
OFF, FINE = Error(1.0, 1.0, 1.0, 99.0, 99.0), Error(0.0, 0.0, 0.0, 0.0, 0.0)


def row(stage: str, order: int, local: Error | None, accumulated: Error | None = OFF) -> Row:
    verdict = Verdict.PASS if FINE in (local, accumulated) and OFF not in (local, accumulated) else Verdict.FAIL
    return Row(
        stage=stage, input="i", name=f"{stage}.{order}", order=order, kind="tap", dtype="f32", shape=(1,),
        verdict=verdict, local=local, accumulated=accumulated,
    )  # fmt: skip


class Place:
    """As much of a context as a summary reads."""

    generation = 1
    build = Build(id="b", number=1, artifact="", profile="", made_at=0.0, seconds=0.0)
    edits = None
    places = property(lambda self: self)

    def edited(self, edits: object) -> tuple[()]:
        return ()


def said(*rows: Row) -> str:
    done = StageDone(stage="a", input="i", verdict=Verdict.FAIL, seconds=0.0)
    return table.summary(summary(Place(), [Ended(done, list(rows))], 0.0))  # type: ignore[arg-type]


def test_the_first_wrong_by_itself_is_named_without_reserve() -> None:
    rows = [row("a", 1, FINE, FINE), row("a", 2, OFF)]
    assert first_divergence(rows) == rows[1]
    assert BY_ORDER not in said(*rows)


def test_where_nothing_could_be_put_in_the_first_by_order_says_so() -> None:
    rows = [row("a", 1, None, FINE), row("a", 2, None), row("a", 3, None)]
    assert first_divergence(rows) == rows[1]
    assert f"\n  {BY_ORDER}\n" in said(*rows)


def test_a_stage_without_a_local_column_does_not_hide_behind_one_that_has_it() -> None:
    rows = [row("a", 1, None), row("b", 2, OFF)]
    assert first_divergence(rows) == rows[0]
    assert BY_ORDER in said(*rows)


def test_of_several_inputs_the_one_with_the_largest_error_speaks() -> None:
    rows = [row("a", 1, OFF), msgspec.structs.replace(row("a", 1, WORSE), input="j"), row("a", 2, WORSE)]
    found = first_divergence(rows)
    assert found and (found.order, found.input) == (1, "j")

"""The order of a stage's rows over inputs that do not all have the same taps."""

from workbench.model.board import InputState, StageState
from workbench.model.events import StageInfo
from workbench.model.row import Row
from workbench.model.verdict import Verdict


def row(name: str, order: int, kind: str = "tap") -> Row:
    return Row(stage="s", input="", name=name, order=order, kind=kind, dtype="f32", shape=(), verdict=Verdict.PASS)


def names(*inputs: list[Row]) -> list[str]:
    """The rows' names over inputs that have these rows each, the last one's rows the newest."""
    state = StageState(StageInfo("s", tuple(map(str, range(len(inputs))))))
    for number, rows in enumerate(inputs):
        state.inputs[str(number)] = InputState(
            rows={each.name: each for each in rows}, row_generations={each.name: number for each in rows}
        )
    return [each.name for each in state.rows()]


def test_a_tap_stands_where_it_comes_on_the_input_that_has_most_before_it() -> None:
    whole = [row("kernel", 1000), row("phases", 2000), row("wav", 3000), row("wav24", 4000)]
    assert names(whole, [row("wav", 1000)]) == ["kernel", "phases", "wav", "wav24"]


def test_the_rows_of_a_sound_stay_with_it() -> None:
    quiet = [row("phases", 1000), row("wav", 2000), row("wav:form", 2001, "sound"), row("next", 3000)]
    loud = [row("wav", 1000), row("wav:form", 1001, "sound"), row("wav:lag", 1002, "sound")]
    assert names(quiet, loud) == ["phases", "wav", "wav:form", "wav:lag", "next"]
    assert names(loud, quiet) == ["phases", "wav", "wav:form", "wav:lag", "next"]

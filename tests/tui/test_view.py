from dataclasses import replace
from random import Random

from event_logs import SCENES, STAGES, Clock, error, row

from workbench.model import events as ev
from workbench.model.board import Board
from workbench.model.verdict import Verdict
from workbench.tui.view import Choice, base_name, next_input, next_sort, view


def board(scene: str) -> Board:
    made = Board()
    for event in SCENES[scene](Clock()):
        made.apply(event)
    return made


def test_the_diverging_stage_is_shown_until_the_user_chooses() -> None:
    failing = board("failing")
    assert view(failing, Choice()).stage == "flow.dit"
    assert view(failing, Choice(stage="flow.cfm")).stage == "flow.cfm"
    assert view(board("crash"), Choice()).stage == "flow.dit"
    assert view(board("passing"), Choice(), before="flow.cfm").stage == "flow.cfm"


def test_repetitions_fold_into_their_worst() -> None:
    shown = board("passing")
    folded = view(shown, Choice(stage="flow.cfm"))
    assert [(line.key, line.folded) for line in folded.lines] == [("velocity", 25), ("mel", 1)]
    rows = shown.stages["flow.cfm"].rows()
    worst = max((each for each in rows if base_name(each.name) == "velocity"), key=lambda each: each.times)
    assert folded.lines[0].row is worst
    assert len(view(shown, Choice(stage="flow.cfm", folded=False)).lines) == 26
    assert folded.repeated and not view(shown, Choice(stage="flow.dit")).repeated


def test_a_name_that_only_looks_like_a_repetition_is_left_alone() -> None:
    assert base_name("velocity#12") == "velocity"
    assert base_name("c#sharp") == "c#sharp"
    assert base_name("velocity") == "velocity"


def test_the_filter_takes_words_in_any_order_and_case() -> None:
    shown = view(board("failing"), Choice(needle="TO_q 2."))
    assert [line.key for line in shown.lines] == ["transformer_blocks.2.attn.to_q"]
    assert shown.total == 72


def test_failed_only_and_first_failing() -> None:
    shown = view(board("failing"), Choice(failed_only=True))
    assert {line.row.verdict for line in shown.lines} == {Verdict.FAIL}
    assert shown.first_failing == "transformer_blocks.0.ff.ff.2"


def test_orders() -> None:
    failing = board("failing")
    local = [line.row.local.times_rms for line in view(failing, Choice(sort="local")).lines if line.row.local]
    assert local == sorted(local, reverse=True)
    names = [line.key for line in view(failing, Choice(sort="name")).lines]
    assert names == sorted(names)
    assert [line.key for line in view(failing, Choice(sort="name", reverse=True)).lines] == names[::-1]
    introduced = view(failing, Choice(sort="introduced")).lines[0]
    assert introduced.key == "transformer_blocks.0.ff.ff.2"


def test_a_row_that_could_not_be_compared_sorts_first() -> None:
    made = board("passing")
    random = Random(1)
    tap = ("mel", "output", (1, 80, 400), "src/mel.rs", 44)
    lost = row(random, 1, tap, "frontend.mel24k", "arctic")
    import msgspec

    lost = msgspec.structs.replace(lost, local=None, accumulated=None, verdict=Verdict.FAIL, reason="other shape")
    made.apply(ev.RowReady(generation=1, row=lost))
    for sort in ("local", "accumulated", "introduced"):
        assert view(made, Choice(stage="frontend.mel24k", sort=sort)).lines[0].key == "mel"
    assert error(1.0, 2.0).rms == 2.0


def test_walks_return_to_their_start() -> None:
    choice = Choice()
    for _ in range(5):
        choice = next_sort(choice)
    assert choice == Choice()
    made = board("passing")
    seen = []
    for _ in range(4):
        choice = next_input(made, choice, "flow.dit")
        seen.append(choice.input)
    assert seen == [*STAGES[2].inputs, ""]
    assert replace(choice, input="gone") != choice


def test_the_input_that_is_chosen_decides_the_rows() -> None:
    rows = [line.row for line in view(board("passing"), Choice(stage="flow.dit", input="silence")).lines]
    assert {each.input for each in rows} == {"silence"}

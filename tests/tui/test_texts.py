from random import Random

import msgspec
import pytest
from event_logs import SCENES, Clock, row

from workbench.model import events as ev
from workbench.model.board import Board
from workbench.model.row import Error
from workbench.model.verdict import Verdict
from workbench.report import numbers
from workbench.tui.palette import DARK, LIGHT, Palette, palette, variables
from workbench.tui.text.detail import detail
from workbench.tui.text.empty import empty
from workbench.tui.text.footer import keys_line
from workbench.tui.text.header import header
from workbench.tui.text.headline import headline
from workbench.tui.text.progress import progress
from workbench.tui.text.stages import stage_items
from workbench.tui.text.table import Content, cells, plan, title_line
from workbench.tui.view import Choice, Line, view

INK = palette(variables(DARK.to_color_system().generate()))


def board(scene: str, until: int | None = None) -> Board:
    made = Board()
    for event in list(SCENES[scene](Clock()))[:until]:
        made.apply(event)
    return made


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_every_verdict_has_a_style(theme: object) -> None:
    assert isinstance(INK, Palette)
    assert all(INK.verdict(verdict).color for verdict in Verdict)


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("width", [20, 40, 80, 120, 200])
def test_the_header_has_exactly_the_width(scene: str, width: int) -> None:
    made = board(scene)
    line = header(made, INK, width, 1_795_262_500.0)
    assert line.cell_len <= width
    assert "\n" not in line.plain
    assert line.plain.strip().startswith("cosyvoice3")


def test_the_header_says_what_runs_and_how_old_the_build_is() -> None:
    assert "building cosyvoice3" in header(board("building"), INK, 160, 1_795_262_400.0).plain
    assert "✗ build failed 0.61 s" in header(board("compile_error"), INK, 160, 1_795_262_400.0).plain
    passing = header(board("passing"), INK, 200, 1_795_262_400.6 + 90).plain
    assert "✓ built 0.42 s" in passing and "#36 7be01d" in passing and "1 min ago" in passing
    assert "244 pass" in passing and "checked 0.31 s" in passing and "gen 1" in passing
    paused = board("passing")
    paused.apply(ev.StateChanged(generation=1, state="paused"))
    assert "paused" in header(paused, INK, 160, 0.0).plain


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_the_first_divergence_fits_one_line_and_keeps_tap_and_size(width: int) -> None:
    line = headline(board("failing"), INK, width).plain
    assert len(line) <= max(width, 58)
    assert "ff.ff.2" in line and "× floor" in line and "broken by #37" in line


def test_headlines_of_the_other_states() -> None:
    assert headline(Board(), INK, 80).plain == "○ opening the session"
    assert "all 244 rows pass" in headline(board("passing"), INK, 120).plain
    assert "last check's first divergence" in headline(board("building"), INK, 160).plain
    assert "being recorded" in headline(board("first_capture"), INK, 120).plain
    assert "cargo was not found" in headline(board("broken"), INK, 80).plain
    crash = headline(board("crash"), INK, 120).plain
    assert "flow.dit" in crash and "signal 11" in crash and "index out of bounds" in crash


def test_a_failing_row_is_named_before_the_check_is_done() -> None:
    events = list(SCENES["failing"](Clock()))
    first = next(
        index
        for index, event in enumerate(events)
        if isinstance(event, ev.RowReady) and event.row.verdict is Verdict.FAIL
    )
    made = board("failing", first + 1)
    made.check = None
    assert "first failing row so far" in headline(made, INK, 120).plain


def test_progress_promises_only_what_the_pace_so_far_supports() -> None:
    made = Board()
    made.apply(ev.Progress(at=10.0, task="capture", label="flow.dit", done=0, total=100))
    assert "left" not in progress(made, INK, 120, 10.5).plain
    made.apply(ev.Progress(at=20.0, task="capture", label="flow.dit", done=20, total=100))
    assert "20/100 about 40 s left" in progress(made, INK, 120, 20.0).plain
    made.apply(ev.Progress(at=20.0, task="build", label="compiling candle", done=7))
    assert "7 so far for 3 s" in progress(made, INK, 120, 23.0).plain
    made.apply(ev.Progress(at=30.0, task="capture", label="flow.dit", done=100, total=100))
    assert "capture" not in progress(made, INK, 120, 30.0).plain


def test_a_new_run_of_a_task_starts_its_pace_anew() -> None:
    made = Board()
    for at, done in ((0.0, 0), (50.0, 99), (51.0, 0), (61.0, 50)):
        made.apply(ev.Progress(at=at, task="capture", label="x", done=done, total=100))
    assert "about 10 s left" in progress(made, INK, 120, 61.0).plain


def test_empty_places_say_why_and_what_to_do() -> None:
    def said(made: Board, choice: Choice | None = None) -> str:
        choice = choice or Choice()
        return empty(made, choice, view(made, choice))

    assert said(Board()) == "The session is being opened."
    assert "recorded for the first time" in said(board("first_capture"))
    assert "set-up" in said(board("broken"))
    assert "Esc clears" in said(board("passing"), Choice(needle="nowhere"))
    assert "f shows all 72 rows" in said(board("passing"), Choice(stage="flow.dit", failed_only=True))
    assert "not been checked yet" in said(board("passing"), Choice(stage="hift.f0"))
    assert said(board("passing")) == ""
    stale = board("passing", 1)
    stale.apply(ev.Stale(stage="frontend.mel24k", reason="reference.py was edited"))
    assert "reference.py was edited" in said(stale)


def test_the_stage_list_counts_while_it_runs_and_names_failures() -> None:
    notes = {item.name: item.note for item in stage_items(board("failing"), frozenset())}
    assert notes["flow.dit"] == "12 ✗" and notes["flow.cfm"] == "26" and notes["hift.f0"] == ""
    running = board("passing", 20)
    assert any("/" in item.note for item in stage_items(running, frozenset()))
    items = {item.name: item for item in stage_items(board("building"), frozenset({"flow.cfm"}))}
    assert items["flow.dit"].old and not items["hift.f0"].old and not items["flow.cfm"].on


LONG = row(Random(3), 3, ("a" * 60, "Linear", (2, 200, 10240), "src/deep/attention.rs", 1234), "flow.dit", "x")


@pytest.mark.parametrize("width", range(40, 220, 7))
@pytest.mark.parametrize("times", [0.0, 1.6, 99.96, 593.0, 12345.0, 1e99])
def test_numbers_are_never_cut_and_every_line_has_one_width(width: int, times: float) -> None:
    error = Error(rms=1.8e-4 if times < 1e99 else 1e99, max=1.0, relative=0.1, times_rms=times, times_max=times)
    wide = msgspec.structs.replace(LONG, local=error, accumulated=error, verdict=Verdict.FAIL, detail=None)
    lines = [Line("short", msgspec.structs.replace(LONG, name="short", shape=(1,)), False), Line("a" * 60, wide, True)]
    shared = plan(width, Content(tap=60, shape=11, line=26, because=len(LONG.reason)))
    texts = ["".join(segment.text for segment in cells(line, shared, INK, False)) for line in lines]
    assert len(texts[0]) == len(texts[1]) == title_line(shared, INK).cell_len <= width
    assert numbers.times(times) in texts[1]
    if "shape" in title_line(shared, INK).plain:
        assert "2×200×10240" in texts[1]


@pytest.mark.parametrize(("value", "text"), [(0.04, "0.0"), (99.94, "99.9"), (99.96, "100"), (99_999.0, "99999"),
                                              (123456.0, "1.2e5"), (3e11, "3e11"), (1e99, "∞")])  # fmt: skip
def test_times(value: float, text: str) -> None:
    assert numbers.times(value) == text
    assert len(text) <= 5


def test_two_values_show_where_they_differ() -> None:
    assert numbers.pair(0.41203, 0.41156) == ("0.41203", "0.41156")
    left, right = numbers.pair(1.0, 1.0000001)
    assert left != right
    assert numbers.pair(0.0, 0.0) == ("0", "0")


@pytest.mark.parametrize("width", [60, 78, 118, 198])
def test_the_detail_names_what_would_pass_and_the_worst_element(width: int) -> None:
    made = board("failing")
    failing = next(each for each in made.stages["flow.dit"].rows() if each.verdict is Verdict.FAIL)
    text = detail(made, failing, INK, width)
    assert all(line.cell_len <= width for line in text.split("\n"))
    assert failing.detail is not None
    for said in ("atol", "rtol", "reference", "port", "axis 2", "exact", "lines 28–31", "arctic", "silence"):
        assert said in text.plain, said
    assert "[" + ",".join(map(str, failing.detail.worst_index)) + "]" in text.plain


def test_the_detail_of_what_could_not_be_compared() -> None:
    made = board("failing")
    found = made.stages["flow.dit"].rows()[30]
    bare = msgspec.structs.replace(found, detail=None, local=None, accumulated=None, reason="shape 2×3, not 3×2")
    assert "shape 2×3, not 3×2" in detail(made, bare, INK, 120).plain
    assert found.detail is not None
    lost = msgspec.structs.replace(found.detail, worst_actual=None, neighbours=(), nonfinite=3)
    text = detail(made, msgspec.structs.replace(found, detail=lost), INK, 120).plain
    assert "not finite" in text and "3 NaN or inf" in text


def test_the_footer_keeps_help_and_quit_whatever_the_width() -> None:
    facts = frozenset({"session", "stage", "row", "rows", "place", "failing", "inputs", "in rows"})
    for width in (30, 80, 200):
        text = keys_line(facts, INK, width).plain
        assert len(text.rstrip()) <= width
        assert "? help" in text and "q quit" in text
    assert "e edit" in keys_line(facts, INK, 80).plain


def test_markup_in_names_is_text() -> None:
    made = board("failing")
    first = made.check
    assert first and first.first
    made.check = msgspec.structs.replace(first, first=msgspec.structs.replace(first.first, name="a[bold]b[/bold].[0]"))
    assert "a[bold]b[/bold].[0]" in headline(made, INK, 120).plain


def test_a_divergence_by_order_alone_is_said_to_be_weaker() -> None:
    shown = board("failing")
    assert shown.check and ev.BY_ORDER not in headline(shown, INK, 120).plain
    shown.check = msgspec.structs.replace(shown.check, by_order=True)
    assert ev.BY_ORDER in headline(shown, INK, 120).plain


def test_a_preflight_warning_stands_below_a_check_that_passes_and_not_above_a_divergence() -> None:
    findings = (ev.PreflightFinding("the port never read `x`"), ev.PreflightFinding("more"))
    for scene, there in (("passing", True), ("failing", False)):
        shown = board(scene)
        shown.stages["flow.dit"].preflight = findings
        assert ("! the port never read `x`  and 1 more" in headline(shown, INK, 120).plain) is there

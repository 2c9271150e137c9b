import asyncio
import os
import random
from contextlib import nullcontext
from pathlib import Path

import msgspec
import pytest
from driving import NARROW, WIDE, Open, Screen, Script
from event_logs import BROKEN_TAP, SCENES, Clock, big, build, built, checked

from workbench.model import commands as cmd
from workbench.model import events as ev
from workbench.model.errors import WorkbenchError
from workbench.model.verdict import Verdict
from workbench.tui.actions import ACTIONS
from workbench.tui.app import WorkbenchApp

BOTH = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["200x60", "80x24"])


@BOTH
async def test_the_first_divergence_is_named_and_its_row_is_in_sight(open_screen: Open, size: tuple[int, int]) -> None:
    async with open_screen("failing", size) as screen:
        assert screen.tap == BROKEN_TAP
        assert "✗ first divergence" in screen.grid[1] and BROKEN_TAP in screen.grid[1]
        assert any(BROKEN_TAP in line for line in screen.grid[4:])
        assert "12 ✗" in screen.text


@BOTH
@pytest.mark.parametrize("scene", SCENES)
async def test_every_scene_fills_the_window_exactly(open_screen: Open, size: tuple[int, int], scene: str) -> None:
    async with open_screen(scene, size) as screen:
        assert len(screen.grid) == size[1]
        assert all(len(line) <= size[0] for line in screen.grid)
        assert "q quit" in screen.grid[-1]


async def test_the_cursor_stays_on_its_tap_through_updates_sorting_and_filters(open_screen: Open) -> None:
    clock = Clock()
    events = list(SCENES["passing"](clock))
    async with open_screen(events) as screen:
        await screen.press("1", "j", "j", "enter", "j", "j", "j")
        chosen = screen.tap
        assert chosen == "input_embed.proj"
        await screen.tell(*built(clock, 2, 37), *checked(clock, 2, 37, fault=True))
        assert screen.tap == chosen
        for _ in range(5):
            await screen.press("s")
            assert screen.tap == chosen
        await screen.press("S")
        assert screen.tap == chosen
        await screen.press("slash", *"rotary", "enter")
        assert screen.tap != chosen
        await screen.press("escape")
        assert screen.tap == chosen


async def test_the_row_under_the_cursor_keeps_its_height_when_rows_come_before_it(open_screen: Open) -> None:
    clock = Clock()
    events = list(big(clock, 300, 1))
    rows = [event for event in events if isinstance(event, ev.RowReady)]
    head = [event for event in events[: events.index(rows[0])]]
    async with open_screen([*head, *rows[150:]], (120, 40)) as screen:
        await screen.press("G", "k", "k", "k")
        tap, table = screen.tap, screen.main.table
        height = table.cursor - table.scroll_offset.y
        await screen.tell(*rows[:150])
        assert screen.tap == tap
        assert table.cursor - table.scroll_offset.y == height


async def test_until_the_user_moves_the_cursor_goes_to_the_first_failing_row(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(SCENES["passing"](clock)), NARROW) as screen:
        await screen.tell(*built(clock, 2, 37), *checked(clock, 2, 37, fault=True))
        assert screen.tap == BROKEN_TAP
        assert BROKEN_TAP in "\n".join(screen.grid[5:])


async def test_rows_of_the_last_check_stay_and_are_marked_stale(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(SCENES["passing"](clock)), (120, 40)) as screen:
        assert not any(line.stale for line in screen.main.table.lines)
        await screen.tell(ev.BuildStarted(generation=2, at=clock.after(1), package="cosyvoice3"))
        assert screen.main.table.lines and all(line.stale for line in screen.main.table.lines)
        assert "~● stft" in screen.text
        assert "building cosyvoice3" in screen.grid[0]
        events = list(checked(clock, 2, 37))
        await screen.tell(*events[:4])
        assert [line.stale for line in screen.main.table.lines] == [False, True]


async def test_a_recheck_of_one_stage_leaves_the_others_fresh(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(SCENES["passing"](clock))) as screen:
        await screen.tell(
            ev.CheckStarted(generation=2, at=clock.after(1), build=build(36, clock.at), stages=("flow.cfm",))
        )
        stale = {row.stage for row in screen.app.board.all_rows() if screen.app.board.is_stale(row)}
        assert stale == {"flow.cfm"}


async def test_an_old_generation_changes_nothing(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(SCENES["failing"](clock))) as screen:
        before = screen.text
        late = [event for event in checked(Clock(), 1, 36) if isinstance(event, ev.RowReady | ev.StageDone)]
        await screen.tell(*late)
        assert screen.text == before


async def test_the_filter_counts_live_and_survives_the_next_check(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(SCENES["failing"](clock)), NARROW) as screen:
        await screen.press("slash", "t", "o", "underscore")
        assert "/to_" in screen.text and "16 of 72" in screen.text
        await screen.press("q", "enter")
        assert all("to_q" in tap for tap in screen.taps) and "4 of 72" in screen.text
        await screen.tell(*built(clock, 3, 38), *checked(clock, 3, 38))
        assert len(screen.taps) == 4
        await screen.press("slash", "z", "z", "enter")
        assert "No tap of flow.dit is named like" in " ".join(screen.text.split())
        await screen.press("escape")
        assert len(screen.taps) == 72


async def test_letters_go_to_the_filter_while_it_is_written(open_screen: Open) -> None:
    async with open_screen("failing") as screen:
        await screen.press("slash", "r", "a", "q")
        assert screen.engine.sent == []
        assert screen.main.filter.value == "raq"


async def test_failed_only_filters_tells_the_engine_and_speaks_when_nothing_fails(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(SCENES["failing"](clock)), NARROW) as screen:
        await screen.press("f")
        assert screen.engine.sent == [cmd.FailedOnly(on=True)]
        assert len(screen.taps) == 4 and "all rows" in screen.text
        await screen.tell(*built(clock, 3, 38), *checked(clock, 3, 38))
        assert "Nothing fails in flow.dit. f shows all 72 rows again." in " ".join(screen.text.split())
        await screen.press("f")
        assert screen.engine.sent[-1] == cmd.FailedOnly(on=False)
        assert len(screen.taps) == 72


async def test_run_keys_send_their_commands(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(SCENES["failing"](clock))) as screen:
        await screen.press("r", "a", "R", "f5", "p", "c")
        assert screen.engine.sent == [
            cmd.Recheck(("flow.dit",)), cmd.Recheck(), cmd.Rebuild(), cmd.Rebuild(), cmd.Pause(on=True),
        ]  # fmt: skip
        await screen.tell(ev.StateChanged(generation=2, at=clock.after(1), state="paused"))
        assert "p resume" in screen.grid[-1]
        await screen.press("p")
        assert screen.engine.sent[-1] == cmd.Pause(on=False)
        await screen.tell(ev.StateChanged(generation=2, at=clock.after(1), state="checking"))
        await screen.press("c")
        assert screen.engine.sent[-1] == cmd.Cancel()


async def test_a_stage_is_taken_out_of_the_checks_but_never_the_last_one(open_screen: Open) -> None:
    async with open_screen("failing") as screen:
        await screen.press("1", "space")
        names = [item.name for item in screen.main.stages.items]
        assert screen.engine.sent[-1] == cmd.Select(tuple(name for name in names if name != "flow.dit"))
        assert "off" in screen.text
        await screen.press("space")
        assert screen.engine.sent[-1] == cmd.Select(tuple(names))
        await screen.press("g")
        for _ in names:
            await screen.press("space", "j")
        assert "one stage must stay on" in screen.toasts
        last = screen.engine.sent[-1]
        assert isinstance(last, cmd.Select) and len(last.stages) == 1


async def test_moving_in_the_stages_shows_their_rows(open_screen: Open) -> None:
    async with open_screen("failing") as screen:
        await screen.press("1", "g")
        assert screen.taps == ["stft", "mel"]
        await screen.press("j")
        assert "flow.embed has not been checked yet" in screen.text
        await screen.press("j", "enter")
        assert screen.main.pane == "rows" and len(screen.taps) == 72


async def test_walking_the_inputs(open_screen: Open) -> None:
    async with open_screen("failing") as screen:
        seen = []
        for _ in range(4):
            await screen.press("i")
            seen.append({line.row.input for line in screen.main.table.lines})
        assert seen[:3] == [{"arctic"}, {"librivox"}, {"silence"}]
        assert len(seen[3]) > 1


async def test_the_next_failing_row_goes_round(open_screen: Open) -> None:
    async with open_screen("failing") as screen:
        seen = []
        for key in ("n", "n", "n", "n", "N"):
            await screen.press(key)
            seen.append(screen.tap.split(".")[1])
        assert seen == ["1", "2", "3", "0", "3"]


async def test_repeated_taps_unfold(open_screen: Open) -> None:
    async with open_screen("failing") as screen:
        await screen.press("1", "j", "2")
        assert screen.taps == ["velocity", "mel"] and "velocity (25×)" in screen.text
        await screen.press("v")
        assert len(screen.taps) == 26 and "v fold" in screen.text


async def test_panes_zoom_and_back(open_screen: Open) -> None:
    async with open_screen("failing") as screen:
        main = screen.main
        for key, pane in (("1", "stages"), ("2", "rows"), ("3", "detail")):
            await screen.press(key)
            assert main.pane == pane
            await screen.press("z")
            assert "first divergence" not in screen.text
            assert main.query_one("#middle").display == (pane != "detail")
            await screen.press("escape")
            assert "first divergence" in screen.text
        await screen.press("2", "tab")
        assert main.pane == "detail"
        await screen.press("shift+tab")
        assert main.pane == "rows"


async def test_in_a_small_terminal_the_detail_is_a_window_and_the_stages_a_strip(open_screen: Open) -> None:
    async with open_screen("failing", NARROW) as screen:
        assert "frontend.mel24k" in screen.grid[2] and "flow.dit" in screen.grid[2]
        await screen.press("enter")
        assert "passes at" in screen.text and BROKEN_TAP in screen.grid[1]
        await screen.press("n")
        assert "transformer_blocks.1.ff.ff.2" in screen.grid[1]
        await screen.press("escape", "1", "j")
        assert screen.main.view.stage == "flow.cfm"


async def test_compile_errors_take_the_place_of_the_headline(open_screen: Open) -> None:
    async with open_screen("compile_error") as screen:
        assert "build failed · 2 errors, 1 warning" in screen.text
        assert "expected `Result<Tensor, Error>`, found `Tensor`" in screen.text
        assert "\x1b" not in screen.text
        listed = [line for line in screen.grid if "norm.rs:12" in line or "attention.rs:54" in line]
        assert "error[E0425]" in listed[0] and "unused variable" in listed[1]
        await screen.press("4")
        assert screen.main.pane == "compiler"
        await screen.press("j")
        assert "--> cosyvoice3/src/flow/norm.rs:12" in screen.text
        await screen.press("4")
        assert "build failed ·" not in screen.text and screen.main.pane == "rows"


async def test_a_good_build_brings_the_headline_back(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(SCENES["compile_error"](clock))) as screen:
        await screen.press("4")
        await screen.tell(*built(clock, 3, 38), *checked(clock, 3, 38))
        assert "all 244 rows pass" in screen.text
        assert screen.main.pane == "rows"


async def test_wrapping_shows_the_end_of_a_long_message(open_screen: Open) -> None:
    async with open_screen("compile_error", NARROW) as screen:
        assert "because of…" not in screen.text and "type`" not in screen.text
        before = screen.main.compiler.paper.size.height
        await screen.press("4", "w")
        assert screen.main.compiler.paper.size.height > before


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, Path]:
    """A session's root with the files of the made-up rows, and an editor that writes down how it was called."""
    for file in ("ff.rs", "norm.rs"):
        path = tmp_path / "cosyvoice3/src/flow" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("//\n")
    called, editor = tmp_path / "called", tmp_path / "vim"
    editor.write_text(f'#!/bin/sh\necho "$@" > {called}\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    return tmp_path, called


def at(root: Path, events: list[ev.Event]) -> list[ev.Event]:
    return [
        msgspec.structs.replace(each, root=str(root)) if isinstance(each, ev.SessionOpened) else each for each in events
    ]


async def asked(called: Path) -> str:
    for _ in range(200):
        if called.exists() and called.read_text().endswith("\n"):
            return called.read_text().strip()
        await asyncio.sleep(0.02)
    return "the editor was not called"


async def test_e_opens_the_row_s_line(
    open_screen: Open, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, called = places
    monkeypatch.setattr(WorkbenchApp, "suspend", nullcontext)
    async with open_screen(at(root, list(SCENES["failing"](Clock())))) as screen:
        await screen.press("e")
        assert await asked(called) == f"+31 {root}/cosyvoice3/src/flow/ff.rs"


async def test_e_opens_the_compiler_s_line(
    open_screen: Open, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, called = places
    monkeypatch.setattr(WorkbenchApp, "suspend", nullcontext)
    async with open_screen(at(root, list(SCENES["compile_error"](Clock())))) as screen:
        await screen.press("4", "j", "e")
        assert await asked(called) == f"+12 {root}/cosyvoice3/src/flow/norm.rs"


async def test_where_the_terminal_cannot_be_lent_the_place_is_copied(
    open_screen: Open, places: tuple[Path, Path]
) -> None:
    root, called = places
    async with open_screen(at(root, list(SCENES["failing"](Clock())))) as screen:
        await screen.press("e")
        await screen.pilot.pause(0.1)
        assert screen.app.clipboard == f"{root}/cosyvoice3/src/flow/ff.rs:31"
        assert "cannot be lent" in screen.toasts[-1] and not called.exists()


async def test_without_an_editor_or_a_file_e_says_so(open_screen: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_screen("failing") as screen:
        await screen.press("e")
        assert "neither $VISUAL nor $EDITOR is set: copied" in screen.toasts[-1]
        monkeypatch.setenv("VISUAL", "code")
        await screen.press("e")
        assert "does not exist any more" in screen.toasts[-1]


@pytest.mark.parametrize(
    ("key", "begins", "toast"),
    [
        ("r", "flow.dit transformer_blocks.0.ff.ff.2 f32 2×200×1024 on ", "copied the row as text"),
        ("t", "| verdict | tap | shape |", "copied the table as Markdown"),
        ("p", "cosyvoice3/src/flow/ff.rs:31", "copied the place in the source"),
        ("c", "workbench check cosyvoice3 --stage flow.dit --input ", "copied the command that repeats this check"),
        ("a", "AssertionError: Tensor-likes are not close!", "copied the assertion text"),
    ],
)
async def test_copying(open_screen: Open, key: str, begins: str, toast: str) -> None:
    async with open_screen("failing") as screen:
        await screen.press("y", key)
        assert screen.app.clipboard.startswith(begins)
        assert screen.toasts[-1] == toast


async def test_the_copy_menu_shows_what_it_would_copy(open_screen: Open) -> None:
    async with open_screen("failing") as screen:
        await screen.press("y", "j", "j")
        assert "cosyvoice3/src/flow/ff.rs:31" in screen.text
        await screen.press("enter")
        assert screen.app.clipboard == "cosyvoice3/src/flow/ff.rs:31"


@BOTH
async def test_help_is_searchable_and_runs_what_is_chosen(open_screen: Open, size: tuple[int, int]) -> None:
    async with open_screen("failing", size) as screen:
        await screen.press("question_mark")
        assert "stop reacting to saves" in screen.text
        await screen.press(*"rebuild", "enter")
        assert screen.engine.sent == [cmd.Rebuild()]
        await screen.press("f1", *"cancel", "enter")
        assert screen.engine.sent == [cmd.Rebuild()]


@pytest.mark.parametrize("key", ["ctrl+p", "colon"])
async def test_the_palette_holds_what_can_be_done_now(open_screen: Open, key: str) -> None:
    async with open_screen("failing") as screen:
        await screen.press(key)
        assert "cancel" not in screen.text.split("Enter runs")[1].split("stages")[0]
        await screen.press(*"rebuild", "enter")
        assert screen.engine.sent == [cmd.Rebuild()]


async def test_every_key_can_be_pressed(open_screen: Open) -> None:
    keys = [key for action in ACTIONS for key in action.keys if action.id not in ("quit", "suspend")]
    for scene in ("failing", "compile_error", "first_capture"):
        async with open_screen(scene, (100, 30)) as screen:
            for key in keys:
                await screen.pilot.press(key)
                while len(screen.app.screen_stack) > 1:
                    screen.app.pop_screen()
                screen.main.table.focus()
            assert screen.app.is_running


async def test_quit_ends_the_engine_first(open_screen: Open) -> None:
    async with open_screen("failing") as screen:
        await screen.press("q")
        await screen.pilot.pause(0.2)
        assert screen.engine.sent == [cmd.Quit()]
        assert not screen.app.is_running


async def test_notices_are_shown_as_they_are(open_screen: Open) -> None:
    async with open_screen("passing") as screen:
        await screen.tell(ev.Notice(text="the cache of [candle-nn] was [red]lost[/red]", level="warning"))
        assert "the cache of [candle-nn] was [red]lost[/red]" in screen.toasts


async def test_a_stream_that_breaks_is_said_on_the_screen(open_screen: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_screen([]) as screen:
        apply = screen.app.board.apply

        def fail(event: ev.Event) -> None:
            if isinstance(event, ev.StateChanged):
                raise WorkbenchError("the log cannot be read any further")
            apply(event)

        monkeypatch.setattr(screen.app.board, "apply", fail)
        await screen.tell(ev.StateChanged(state="idle"))
        assert "the log cannot be read any further" in screen.text


class Faulty(Script):
    """An engine that cannot begin."""

    closed = False

    async def watch(self) -> None:
        raise WorkbenchError("session.toml: no stage is declared; add [stages.NAME]")

    async def close(self) -> None:
        self.closed = True
        await super().close()


async def test_an_engine_that_cannot_begin_is_read_and_then_quit() -> None:
    engine = Faulty([])
    app = WorkbenchApp(engine, engine.clock)
    async with app.run_test(size=NARROW) as pilot:
        screen = Screen(app, pilot, engine)
        await pilot.pause(0.1)
        await screen.settle()
        assert "no stage is declared" in screen.text and engine.closed
        await screen.press("q")
        assert app.is_running is False


class Stubborn(Script):
    """An engine that does not end when asked."""

    closed = False

    async def watch(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await self.close()

    async def close(self) -> None:
        self.closed = True


async def test_a_second_quit_does_not_wait() -> None:
    engine = Stubborn(list(SCENES["passing"](Clock())))
    app = WorkbenchApp(engine, engine.clock)
    async with app.run_test(size=NARROW) as pilot:
        screen = Screen(app, pilot, engine)
        await screen.settle()
        await screen.press("q")
        assert app.is_running and "q again" in screen.toasts[-1]
        await screen.press("q")
        assert app.is_running is False
    assert engine.closed


async def test_e_works_on_the_first_failed_build_wherever_keys_go(
    open_screen: Open, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, called = places
    monkeypatch.setattr(WorkbenchApp, "suspend", nullcontext)
    events = [each for each in SCENES["compile_error"](Clock()) if not isinstance(each, ev.RowReady | ev.CheckDone)]
    async with open_screen(at(root, events)) as screen:
        assert screen.main.pane == "rows"
        await screen.press("e")
        assert await asked(called) == f"+31 {root}/cosyvoice3/src/flow/ff.rs"


@BOTH
async def test_without_colour_marks_and_cursor_still_tell(
    open_screen: Open, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_screen("building", size) as screen:
        assert "▌~✗ transformer_blocks.0.ff.ff.2" in screen.text
        styles = {
            segment.style.color.name if segment.style and segment.style.color else "default"
            for strip in screen.app.screen._compositor.render_strips()
            for segment in strip.apply_filter(screen.app.get_line_filters()[-1], screen.app.screen.styles.background)
        }
        assert styles == {"default"}


async def test_ascii_only(open_screen: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_ASCII", "1")
    for scene in SCENES:
        async with open_screen(scene, (120, 40)) as screen:
            await screen.press("question_mark")
            plain = screen.app.get_line_filters()[-1]
            background = screen.app.screen.styles.background
            for strip in screen.app.screen._compositor.render_strips():
                text = strip.apply_filter(plain, background).text
                assert text.isascii() and len(text) == strip.cell_length


async def test_a_storm_of_resizes_leaves_a_whole_screen(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(SCENES["passing"](clock))) as screen:
        found = random.Random(5)
        screen.engine.tell(*built(clock, 2, 37), *checked(clock, 2, 37, fault=True))
        for _ in range(40):
            await screen.pilot.resize_terminal(found.randint(1, 260), found.randint(1, 80))
        await screen.pilot.resize_terminal(*NARROW)
        await screen.settle()
        assert screen.tap == BROKEN_TAP
        assert len(screen.grid) == 24 and "q quit" in screen.grid[-1]
        assert any(BROKEN_TAP in line for line in screen.grid[4:])


async def test_with_two_thousand_rows_one_new_row_paints_one_line(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(big(clock, 2000)), (160, 48)) as screen:
        table = screen.main.table
        assert len(table.lines) == 2000
        shown = table.lines[5].row
        table.painted = 0
        await screen.tell(ev.RowReady(generation=1, row=msgspec.structs.replace(shown, verdict=Verdict.LIMITED)))
        assert table.painted == 1
        table.painted = 0
        hidden = table.lines[1500].row
        await screen.tell(ev.RowReady(generation=1, row=msgspec.structs.replace(hidden, dtype="f16")))
        assert table.painted == 0


async def test_events_are_drawn_ten_times_a_second_at_most(open_screen: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_screen("passing") as screen:
        drawn = 0
        draw = screen.main.draw

        def counted() -> None:
            nonlocal drawn
            drawn += 1
            draw()

        monkeypatch.setattr(screen.main, "draw", counted)
        loop = asyncio.get_running_loop()
        start = loop.time()
        while loop.time() - start < 0.6:
            await screen.pilot.pause(0.005)
            screen.engine.tell(ev.StateChanged(generation=1, state="checking"))
        assert 2 <= drawn <= 8


async def test_another_theme_repaints_everything(open_screen: Open) -> None:
    async with open_screen("failing") as screen:
        before = screen.main.paper("headline").text.spans[0].style
        screen.app.theme = "workbench-light"
        await screen.settle()
        assert screen.main.paper("headline").text.spans[0].style != before
        for _ in range(4):
            await screen.press("f2")
        assert screen.toasts[-1] == "theme workbench-light"
        for name in screen.app.available_themes:
            screen.app.theme = name
            await screen.pilot.pause()
        assert screen.app.is_running
        assert os.environ.get("NO_COLOR") is None

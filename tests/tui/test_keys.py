"""What keys do."""

import pytest
from driving import NARROW, WIDE, Open
from event_logs import BROKEN_TAP, SCENES, Clock, built, checked

from workbench.model import commands as cmd
from workbench.model import events as ev
from workbench.tui.actions import ACTIONS

BOTH = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["200x60", "80x24"])


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

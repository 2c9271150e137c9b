"""What the main screen shows of the stream."""

import pytest
from driving import NARROW, WIDE, Open
from event_logs import BROKEN_TAP, SCENES, Clock, big, build, built, checked

from workbench.model import events as ev

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

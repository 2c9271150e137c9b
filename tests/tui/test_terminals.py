"""Colours, characters, sizes, speed, and how it ends."""

import asyncio
import os
import random

import msgspec
import pytest
from driving import NARROW, WIDE, Open, Screen, Script
from event_logs import BROKEN_TAP, SCENES, Clock, big, built, checked

from workbench.model import commands as cmd
from workbench.model import events as ev
from workbench.model.errors import WorkbenchError
from workbench.model.verdict import Verdict
from workbench.tui.app import WorkbenchApp

BOTH = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["200x60", "80x24"])


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

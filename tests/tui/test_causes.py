"""What the screens say of causes, and the key that asks for one."""

import pytest
from driving import NARROW, WIDE, Open
from event_logs import BROKEN_TAP, CAUSES, SCENES, Clock, built, checked

from workbench.model import commands as cmd
from workbench.model import events as ev
from workbench.model.board import Board
from workbench.model.cause import Explanation, WhatIf
from workbench.model.row import Row

PLACE = "sessions/cosyvoice3/cosyvoice3_reference/dit.py:34"


def told(scene: str) -> tuple[Board, Row]:
    """The board of a scene, and the row whose cause is searched in it."""
    board = Board()
    for event in SCENES[scene](Clock()):
        board.apply(event)
    assert board.check and board.check.first
    return board, board.check.first


@pytest.mark.parametrize("size", [WIDE, (120, 40), NARROW])
async def test_the_headline_says_the_cause_or_that_it_is_looked_for(open_screen: Open, size: tuple[int, int]) -> None:
    for scene, said in (
        ("explaining", "looking for the cause…"),
        ("explained", "cause  gelu in its erf form for its tanh form  593× → 1.2× floor  or 1 more"),
        ("unexplained", "not explained  412 changes tried"),
    ):
        async with open_screen(scene, size) as screen:
            assert screen.grid[2].strip().startswith(said), scene
            assert len(screen.grid[2]) <= size[0] and "first divergence" not in screen.grid[3]
            assert (PLACE[-20:] in screen.grid[2]) == (scene == "explained" and size != NARROW)


async def test_the_detail_says_why_once_with_proof_place_and_what_else_there_is(open_screen: Open) -> None:
    async with open_screen("explained", NARROW) as screen:
        await screen.press("i", "enter")
        labels = [line.split("│")[1][:12].strip() for line in screen.grid if line.count("│") > 1]
        assert labels.count("why") == 1 and labels.count("or") == 1
        assert PLACE in screen.text and "593× → 1.2× floor" in screen.text
        assert "searched on" not in screen.text
    async with open_screen("explained", NARROW) as screen:
        await screen.press("enter")
        assert "searched on arctic" in screen.text


async def test_x_asks_for_the_cause_of_a_row_that_fails_by_itself_and_of_no_other(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(SCENES["failing"](clock))) as screen:
        await screen.press("n", "N")
        assert screen.tap == BROKEN_TAP and "x explain" in screen.text
        row = screen.main.table.current.row
        await screen.press("x")
        assert screen.engine.sent == [cmd.Explain(row)]
        await screen.press("j", "x")
        assert screen.engine.sent == [cmd.Explain(row)] and "x explain" not in screen.text
        await screen.press("k")
        await screen.tell(ev.StateChanged(generation=2, at=clock.after(1), state="building"))
        await screen.press("x")
        assert screen.engine.sent == [cmd.Explain(row)] and "x explain" not in screen.text


async def test_shift_e_exports_a_failing_row_and_says_where_to(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(SCENES["failing"](clock))) as screen:
        row = screen.main.table.current.row
        assert screen.tap == BROKEN_TAP
        await screen.press("E", "j", "E")
        assert screen.engine.sent == [cmd.Export(row)]
        await screen.tell(ev.Exported(generation=2, at=clock.after(0.5), row=row, folder="/home/porter/[x]/made"))
        assert "reproduction in /home/porter/[x]/made" in screen.toasts


async def test_the_detail_says_what_mending_the_row_would_leave(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(SCENES["explained"](clock)), NARROW) as screen:
        await screen.press("i")
        row = screen.main.table.current.row
        ranked = (WhatIf(row.name, "velocity", 36.0, 3.1), WhatIf("other", "velocity", 36.0, 30.0))
        old = ev.Ranked(generation=1, stage=row.stage, input=row.input, what_if=ranked)
        await screen.tell(old)
        await screen.press("enter")
        assert "if mended" not in screen.text
        await screen.tell(ev.Ranked(generation=2, stage=row.stage, input=row.input, what_if=ranked))
        await screen.press("G")
        assert "velocity off by 3.1× instead of 36.0× floor" in " ".join(screen.text.split()), screen.text
        await screen.press("escape")
        await screen.tell(*built(clock, 3, 38), *checked(clock, 3, 38, fault=True))
        assert not screen.app.board.what_if


async def test_a_search_can_be_ended(open_screen: Open) -> None:
    clock = Clock()
    async with open_screen(list(SCENES["explaining"](clock))) as screen:
        await screen.press("c")
        assert screen.engine.sent == [cmd.Cancel()]
        row = screen.app.board.check.first
        await screen.tell(ev.ExplainCancelled(generation=2, at=clock.after(0.1), row=row))
        assert "looking for the cause" not in screen.text and "c cancel" not in screen.text


def test_what_an_older_search_says_is_not_shown() -> None:
    board, row = told("explaining")
    clock = Clock()
    for event in (*built(clock, 3, 38), *checked(clock, 3, 38, fault=True)):
        board.apply(event)
    for event in (
        ev.ExplainStarted(generation=2, row=row),
        ev.CauseFound(generation=2, row=row, cause=CAUSES[0]),
        ev.Explained(generation=2, row=row, explanation=Explanation(CAUSES), seconds=1.0),
    ):
        board.apply(event)
        assert board.explaining is None and not board.causes and not board.explained
    board.apply(ev.ExplainStarted(generation=3, row=row))
    board.apply(ev.ExplainCancelled(generation=2, row=row))
    assert board.explaining == row.key


def test_a_build_that_begins_ends_the_search_on_the_screen() -> None:
    board, row = told("explaining")
    assert board.explaining == row.key
    board.apply(ev.BuildStarted(generation=3, package="cosyvoice3"))
    board.apply(ev.CauseFound(generation=2, row=row, cause=CAUSES[0]))
    assert board.explaining is None and not board.causes.get(row.key)

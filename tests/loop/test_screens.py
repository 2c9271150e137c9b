"""The screens on the real engine: a save turns a row red and names it, reverting it says that it is fixed."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from tests.loop.driving import PATIENCE
from workbench.engine.opening import open_session
from workbench.model.row import Change, Row
from workbench.model.verdict import Verdict
from workbench.tui.app import WorkbenchApp

TAP = "transformer_blocks.0.ff.ff.2"
GOOD, BAD = "hidden.gelu()?", "hidden.gelu_erf()?"


def lines(app: WorkbenchApp) -> list[str]:
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


async def until(pilot: Pilot[None], shown: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not shown():
            await pilot.pause(0.1)
    await pilot.pause(0.2)


async def test_the_screens_follow_the_real_loop(brief: Path) -> None:
    source = brief / "rust/cosyvoice3/src/flow/feed_forward.rs"
    text = source.read_text()
    line = text[: text.index(GOOD)].count("\n") + 1
    app = WorkbenchApp(open_session("cosyvoice3", None, (), brief))

    def checked(verdict: Verdict) -> bool:
        return app.board.check is not None and app.board.check.verdict is verdict and app.board.state == "idle"

    async with app.run_test(size=(200, 60)) as pilot:
        await until(pilot, lambda: checked(Verdict.PASS))
        table = [row for row in lines(app) if "● " in row]
        assert len(app.main.table.lines) == 72 and len(table) > 20
        assert not any("✗" in row for row in lines(app)[3:-2])
        source.write_text(text.replace(GOOD, BAD))
        await until(pilot, lambda: checked(Verdict.FAIL))
        await until(pilot, lambda: any(f"✗ {TAP}" in row for row in lines(app)))
        headline = "\n".join(lines(app)[:6])
        assert TAP in headline and f"feed_forward.rs:{line}" in headline, headline
        source.write_text(text)
        await until(pilot, lambda: checked(Verdict.PASS))

        def row() -> Row:
            return next(line.row for line in app.main.table.lines if line.key == TAP)

        assert row().change is Change.FIXED and row().verdict is Verdict.PASS
        app.main.table.go_to(TAP)
        await until(pilot, lambda: any(TAP in shown and "fixed" in shown for shown in lines(app)))
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running)

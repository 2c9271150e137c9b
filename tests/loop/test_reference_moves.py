"""The reference is edited between two checks: that is said before the port is blamed, and only what hangs on it is
captured again."""

from pathlib import Path

from tests.loop.driving import Loop, running
from workbench.model import events as ev
from workbench.model.verdict import Verdict
from workbench.report.table import stage_table


async def edit(loop: Loop, path: Path, old: str, new: str) -> tuple[ev.CheckDone, list[ev.Event]]:
    text, start = path.read_text(), len(loop.events)
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    done = await loop.checked(start)
    return done, loop.events[start:]


def moves(events: list[ev.Event]) -> list[tuple[str, ...]]:
    return [event.what for event in events if isinstance(event, ev.ReferenceMoved)]


def captured(events: list[ev.Event]) -> bool:
    return any(isinstance(event, ev.Progress) and event.task == "capture" for event in events)


async def test_an_edit_of_the_reference_is_named_before_the_first_row(workspace: Path) -> None:
    source = workspace / "sessions" / "cosyvoice3" / "cosyvoice3_reference" / "flow" / "norm.py"
    async with running(workspace) as loop:
        done, events = await edit(loop, source, "EPS = 1e-6", "EPS = 1e-3")
        assert done.verdict is Verdict.FAIL
        (stale,) = (event for event in events if isinstance(event, ev.Stale))
        assert (stale.stage, stale.reason) == ("flow.dit", "norm.py was edited")
        assert moves(events) == [("norm.py changed",)]
        kinds = [type(event) for event in events]
        assert kinds.index(ev.Stale) < kinds.index(ev.ReferenceMoved) < kinds.index(ev.RowReady)
        assert "the reference moved since the check of " in stage_table(loop.board.stages["flow.dit"])

        done, events = await edit(loop, source, "EPS = 1e-3", "EPS = 1e-6")
        assert done.verdict is Verdict.PASS and moves(events) == [("norm.py changed",)]

        done, _ = await loop.save("norm.rs", "EPS: f64 = 1e-6", "EPS: f64 = 1e-5")
        assert done.verdict is Verdict.FAIL and loop.board.stages["flow.dit"].moved is None
        await loop.save("norm.rs", "EPS: f64 = 1e-5", "EPS: f64 = 1e-6")


async def test_what_no_stage_is_made_of_makes_no_capture_stale(workspace: Path) -> None:
    source = workspace / "sessions" / "cosyvoice3" / "notes.py"
    source.write_text("NOTE = 1\n")
    async with running(workspace) as loop:
        done, events = await edit(loop, source, "NOTE = 1", "NOTE = 2")
        assert done.verdict is Verdict.PASS
        assert not moves(events) and not any(isinstance(event, ev.Stale) for event in events)
        folder = loop.engine.home.captures / "cosyvoice3" / "small" / "flow.dit" / "arctic"
        assert len([path for path in folder.iterdir() if path.is_dir()]) == 1
        assert not captured([event for event in events if getattr(event, "label", "").startswith("flow.dit")])
    source.unlink()


async def test_another_configuration_is_told_by_its_keys(workspace: Path) -> None:
    config = workspace / "sessions" / "cosyvoice3" / "small.json"
    async with running(workspace) as loop:
        for old, new in (('"depth": 4', '"depth": 3'), ('"depth": 3', '"depth": 4')):
            done, events = await edit(loop, config, old, new)
            ((*what,),) = moves(events)
            change = f"config {old} → {new}".replace('"', "").replace("depth: ", "depth ").replace("→ depth ", "→ ")
            assert done.verdict is Verdict.PASS and change in what, what

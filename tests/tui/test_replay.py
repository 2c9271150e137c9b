import asyncio
from pathlib import Path

import pytest
from event_logs import Clock, opened, passing, write_log

from workbench.engine.replay import ReplayEngine
from workbench.model.commands import Pause, Quit, Recheck
from workbench.model.errors import WorkbenchError
from workbench.model.events import Event, Notice, StateChanged


async def told(engine: ReplayEngine, number: int) -> list[Event]:
    found: list[Event] = []
    async for event in engine.subscribe():
        found.append(event)
        if len(found) == number:
            break
    return found


async def test_a_log_is_told_as_it_was_recorded(tmp_path: Path) -> None:
    events = list(passing(Clock()))
    engine = ReplayEngine(write_log(tmp_path / "log.ndjson", iter(events)), 0)
    assert await told(engine, len(events)) == events
    assert engine.clock() == events[-1].at


@pytest.mark.parametrize("line", ["{", '{"event":"Nonsense"}', '{"event":"Stale","stage":3,"reason":""}', "\xff"])
def test_a_line_that_is_no_event_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    path = write_log(tmp_path / "log.ndjson", opened(Clock()))
    path.write_bytes(path.read_bytes() + b"\n" + line.encode("latin-1") + b"\n")
    with pytest.raises(WorkbenchError, match=r"log\.ndjson:3: this line is no event"):
        ReplayEngine(path)


def test_a_missing_log_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="cannot be read"):
        ReplayEngine(tmp_path / "none.ndjson")


async def test_the_speed_divides_the_pauses(tmp_path: Path) -> None:
    events: list[Event] = [StateChanged(at=10.0, state="idle"), StateChanged(at=11.0, state="building")]
    engine = ReplayEngine(write_log(tmp_path / "log.ndjson", iter(events)), 10)
    start = asyncio.get_running_loop().time()
    await told(engine, 2)
    assert 0.09 < asyncio.get_running_loop().time() - start < 1.0


async def test_a_pause_holds_the_log_back_and_quit_ends_it(tmp_path: Path) -> None:
    events: list[Event] = [StateChanged(at=float(second), state="idle") for second in range(3)]
    engine = ReplayEngine(write_log(tmp_path / "log.ndjson", iter(events)), 0)
    stream = aiter(engine.subscribe())
    assert await anext(stream) == events[0]
    engine.send(Pause(on=True))
    paused = await anext(stream)
    assert isinstance(paused, StateChanged) and paused.state == "paused"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting := asyncio.ensure_future(anext(stream))), 0.05)
    engine.send(Pause(on=False))
    resumed = await waiting
    assert isinstance(resumed, StateChanged) and resumed.state == "idle"
    assert await anext(stream) == events[1]
    engine.send(Quit())
    assert [event async for event in stream][-1:] in ([], [StateChanged(at=1.0, state="stopped")])
    await asyncio.wait_for(engine.watch(), 1)


async def test_what_would_run_something_is_answered_with_a_notice(tmp_path: Path) -> None:
    engine = ReplayEngine(write_log(tmp_path / "log.ndjson", opened(Clock())), 0)
    engine.send(Recheck())
    found = await told(engine, 2)
    assert any(isinstance(event, Notice) and "replayed" in event.text for event in found)

"""One stream, many readers, one log."""

import asyncio
import shutil
from pathlib import Path

from workbench.engine.stream import KEPT_LOGS, Stream
from workbench.model.events import Event, Notice, SessionOpened, decode


async def collect(stream: Stream) -> list[Event]:
    return [event async for event in stream.subscribe()]


async def test_every_reader_and_the_log_get_every_event(tmp_path: Path) -> None:
    stream = Stream(tmp_path / "events")
    readers = [asyncio.create_task(collect(stream)) for _ in range(2)]
    await asyncio.sleep(0)
    sent = [Notice(text=f"{number}") for number in range(3)]
    for event in sent:
        stream.emit(event)
    stream.close()
    assert [await reader for reader in readers] == [sent, sent]
    (log,) = (tmp_path / "events").iterdir()
    assert [decode(line) for line in log.read_bytes().splitlines()] == sent


async def test_a_log_that_cannot_be_written_costs_only_the_log(tmp_path: Path) -> None:
    (tmp_path / "events").write_text("a file where the folder should be")
    stream = Stream(tmp_path / "events")
    reader = asyncio.create_task(collect(stream))
    await asyncio.sleep(0)
    stream.emit(Notice(text="x"))
    stream.close()
    assert len(await reader) == 1
    assert "no longer recorded" in stream.log_lost


async def test_a_log_that_was_deleted_is_begun_anew_with_the_session(tmp_path: Path) -> None:
    stream, opened = Stream(tmp_path / "events"), SessionOpened(name="s", size="small", root="/", stages=())
    stream.emit(opened)
    shutil.rmtree(tmp_path / "events")
    after = Notice(text="after")
    stream.emit(after)
    stream.close()
    (log,) = (tmp_path / "events").iterdir()
    assert [decode(line) for line in log.read_bytes().splitlines()] == [opened, after]


async def test_old_logs_are_removed(tmp_path: Path) -> None:
    for number in range(KEPT_LOGS + 5):
        (tmp_path / f"2020010{number:02}.ndjson").touch()
    stream = Stream(tmp_path)
    stream.emit(Notice(text="x"))
    stream.close()
    assert len(list(tmp_path.iterdir())) == KEPT_LOGS

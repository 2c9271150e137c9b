"""Every way in which a run can end, and what is left of it afterwards: nothing."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from workbench.model.errors import WorkbenchError
from workbench.native.client import NativeWorker
from workbench.native.protocol import Exited, Finished, Job, Request, TapCompared

GIB = 1 << 30
SPIN = '{"mode": "spin"}'


async def gone(pid: int) -> bool:
    for _ in range(200):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        await asyncio.sleep(0.01)
    return False


def children_of(worker: NativeWorker) -> list[psutil.Process]:
    return psutil.Process(worker.server_pid).children()


async def until_spinning(worker: NativeWorker) -> psutil.Process:
    for _ in range(500):
        busy = [child for child in children_of(worker) if child.cpu_times().user > 0.1]
        if busy:
            return busy[0]
        await asyncio.sleep(0.01)
    raise AssertionError("no child is spinning")


@pytest.mark.parametrize(("mode", "name"), [("crash", "SIGSEGV"), ("abort", "SIGABRT")])
async def test_a_signal_ends_the_run_and_python_says_where(check, mode, name):
    exited = (await check(mode)).exited
    assert exited.signal == name and exited.status == -getattr(signal, name)
    assert f"mode {mode!r}" in exited.stderr
    assert "port.py" in exited.stderr and "misbehave" in exited.stderr
    assert not exited.timed_out and not exited.cancelled and not exited.lost
    assert name in exited.sentence
    assert (await check()).exited.status == 0


@pytest.mark.parametrize(
    ("mode", "signal", "status"),
    [("late crash", "SIGSEGV", -11), ("late abort", "SIGABRT", -6), ("late exit", "", 5), ("late panic", "", 0)],
)
async def test_every_tap_before_the_end_has_arrived(check, mode, signal, status):
    checked = await check(mode)
    assert (checked.exited.signal, checked.exited.status) == (signal, status)
    names = list(checked.taps("injected"))
    assert names[8] == "threaded" and len(names) == 29 and names[-1].endswith("x#19")
    assert all(tap.measured for tap in checked.taps("injected").values() if tap.order >= 0)
    if mode == "late panic":
        assert checked.failed.kind == "panic" and "index out of bounds" in checked.failed.error
    elif signal:
        assert "misbehave" not in checked.exited.stderr and "port.py" in checked.exited.stderr


async def test_a_busy_engine_still_gets_every_message(worker, tiny, capture):
    request = Request(
        artifact=str(tiny), port=str(Path(__file__).parent / "data" / "port.py"), stage="tiny.net",
        jobs=(Job(str(capture), runs=("free",)),), config='{"mode": "many"}',
    )  # fmt: skip
    messages: list[object] = []
    async for message in worker.run(request):
        if not messages:
            time.sleep(1.5)  # noqa: ASYNC251
        messages.append(message)
    assert [type(message) for message in messages[-2:]] == [Finished, Exited]
    assert sum(isinstance(message, TapCompared) and "net.more" in message.name for message in messages) == 2000


async def test_an_endless_loop_meets_the_time_limit(check):
    begun = time.monotonic()
    exited = (await check("spin", time_limit=0.7)).exited
    assert exited.timed_out and exited.signal == "SIGKILL"
    assert 0.6 < time.monotonic() - begun < 3
    assert "time limit" in exited.sentence


async def test_native_memory_beyond_the_limit_ends_this_process_only(check):
    exited = (await check("bomb", memory_limit=GIB)).exited
    assert exited.signal == "SIGABRT"
    assert GIB // 2 < exited.max_rss < 1.2 * GIB


async def test_python_memory_beyond_the_limit_is_a_failure_in_words(check):
    checked = await check("python bomb", memory_limit=GIB)
    assert checked.failed.kind == "memory" and "memory" in checked.failed.error
    assert checked.exited.status == 0


async def test_an_exception_is_one_sentence_with_its_trace_beside_it(check):
    failed = (await check("exception")).failed
    assert failed.kind == "exception" and failed.run == "injected"
    assert failed.error == "stage tiny.net raised RuntimeError: shape mismatch in matmul"
    assert "context: block 3" in failed.trace and "misbehave" in failed.trace


async def test_leaving_the_process_is_a_status(check):
    exited = (await check("exit")).exited
    assert (exited.status, exited.signal) == (3, "")
    assert "status 3" in exited.sentence
    assert (await check("system exit")).failed.kind == "exception"


async def test_stdin_is_empty_and_only_the_end_of_what_was_printed_is_kept(check):
    assert "read ''" in (await check("stdin")).exited.stderr
    stderr = (await check("babble")).exited.stderr
    assert stderr.endswith("the end\n")
    assert len(stderr) <= 8192


async def test_cancel_ends_the_run(check, worker):
    run = asyncio.create_task(check("spin"))
    await worker.start()
    spinning = await until_spinning(worker)
    worker.cancel()
    exited = (await run).exited
    assert exited.cancelled and not exited.timed_out and await gone(spinning.pid)


async def test_leaving_the_generator_ends_the_run(worker, tiny, capture):
    request = Request(
        artifact=str(tiny), port=str(Path(__file__).parent / "data" / "port.py"), stage="tiny.net",
        jobs=(Job(str(capture), runs=("free",)),), config=SPIN,
    )  # fmt: skip
    messages = worker.run(request)
    await anext(messages)
    child = children_of(worker)[0]
    await messages.aclose()
    assert await gone(child.pid)


async def test_what_the_stage_started_dies_with_it(check):
    killed = (await check("children", time_limit=1.0)).exited
    ended = (await check("orphan")).exited
    assert killed.timed_out and ended.status == 0
    for exited in (killed, ended):
        assert await gone(int(exited.stderr.split("helper ")[1].split()[0]))


async def test_a_dead_server_is_told_and_replaced(check, worker):
    run = asyncio.create_task(check("spin"))
    await worker.start()
    spinning = await until_spinning(worker)
    os.kill(worker.server_pid, signal.SIGKILL)
    exited = (await run).exited
    assert exited.lost and await gone(spinning.pid)
    assert (await check()).exited.status == 0


async def test_a_server_that_fails_leaves_its_words(check, worker):
    await worker.start()
    worker._server._process.stdin.write(b"nonsense\n")
    lost = (await check()).exited
    assert lost.lost and "DecodeError" in lost.stderr
    assert (await check()).exited.status == 0


async def test_a_worker_that_cannot_start_says_why(monkeypatch):
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    async with NativeWorker() as worker:
        with pytest.raises(WorkbenchError, match="the native worker did not start: it said nothing"):
            await worker.start()


async def test_a_long_temporary_folder_has_no_sockets(monkeypatch, tmp_path):
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    async with NativeWorker() as worker:
        request = Request(artifact="", stage="s", jobs=(Job(str(tmp_path), runs=("free",)),))
        messages = [message async for message in worker.run(request)]
    assert len(messages) == 3 and messages[-1].status == 0


async def test_runs_side_by_side_do_not_mix(check):
    right, wrong, crashed = await asyncio.gather(check(), check("off"), check("crash"))
    assert right.taps()["net.first"].measured.rms < 1e-5 < wrong.taps()["net.first"].measured.rms
    assert crashed.exited.signal == "SIGSEGV" and right.exited.status == wrong.exited.status == 0


async def test_closing_ends_the_server_its_children_and_the_files(tiny, capture):
    worker = NativeWorker()
    request = Request(
        artifact=str(tiny), port=str(Path(__file__).parent / "data" / "port.py"), stage="tiny.net",
        jobs=(Job(str(capture), runs=("free",)),), config=SPIN,
    )  # fmt: skip

    async def run() -> list[object]:
        return [message async for message in worker.run(request)]

    task = asyncio.create_task(run())
    await worker.start()
    spinning, server, folder = await until_spinning(worker), worker.server_pid, worker.folder
    await worker.close()
    last = (await task)[-1]
    assert isinstance(last, Exited) and last.cancelled
    assert await gone(server) and await gone(spinning.pid) and not folder.exists()


ENGINE = """
import asyncio, sys
from workbench.model.errors import WorkbenchError
from workbench.native.client import NativeWorker
from workbench.native.protocol import Job, Request

async def main():
    worker = NativeWorker()
    await worker.start()
    print(worker.server_pid, worker.folder, flush=True)
    request = Request(artifact=sys.argv[1], port=sys.argv[2], stage="tiny.net",
                      jobs=(Job(sys.argv[3], runs=("free",)),), config='{"mode": "children"}')
    async for message in worker.run(request):
        print(type(message).__name__, flush=True)

asyncio.run(main())
"""


async def test_an_engine_that_is_killed_leaves_nothing_behind(tiny, capture):
    port = Path(__file__).parent / "data" / "port.py"
    root = Path(sys.modules["workbench"].__path__[0]).parent
    engine = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ENGINE, str(tiny), str(port), str(capture), stdout=subprocess.PIPE, cwd=root
    )  # fmt: skip
    assert engine.stdout is not None
    pid, folder = (await engine.stdout.readline()).decode().split()
    server = psutil.Process(int(pid))
    while b"RunStarted" not in await engine.stdout.readline():
        pass
    await asyncio.sleep(0.3)
    family = [process.pid for process in server.children(recursive=True)]
    assert len(family) == 2
    engine.kill()
    await engine.wait()
    for member in (server.pid, *family):
        assert await gone(member)
    assert not Path(folder).exists()

"""Children end as a whole: with their caller, with their task, with their leader."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from workbench.build.processes import collect, run

HERE = Path("/")


async def sh(script: str, limit: float = 20.0):
    return await collect(["/bin/sh", "-c", script], cwd=HERE, environment=os.environ, limit=limit)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def gone(pid: int, seconds: float = 3.0) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not alive(pid)


async def until(file: Path) -> int:
    for _ in range(500):
        if file.exists() and file.read_text().strip():
            break
        await asyncio.sleep(0.01)
    return int(file.read_text())


async def test_output_and_status_come_back():
    said = await sh("echo out; echo err >&2; exit 3")
    assert said == (3, "out", "err")


async def test_a_signal_is_128_and_its_number():
    assert (await sh("kill -KILL $$")).code == 137


async def test_stdin_is_empty():
    assert (await sh("cat; echo end")).stdout == "end"


async def test_a_line_may_be_longer_than_any_buffer_and_lack_its_end():
    said = await sh("head -c 3000000 /dev/zero | tr '\\0' x; printf '\\nlast'")
    assert said.stdout == "x" * 3_000_000 + "\nlast"


async def test_cancelling_ends_grandchildren(tmp_path):
    task = asyncio.create_task(sh(f"sleep 60 & echo $! > {tmp_path}/pid; wait"))
    pid = await until(tmp_path / "pid")
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < 1
    assert gone(pid)


async def test_what_ignores_sigterm_is_killed_after_two_seconds(tmp_path):
    script = f"trap '' TERM; (trap '' TERM; echo $$ > {tmp_path}/pid; while :; do sleep 0.1; done)"
    task = asyncio.create_task(sh(script))
    pid = await until(tmp_path / "pid")
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 1.5 < time.monotonic() - started < 4
    assert gone(pid)


async def test_what_a_command_leaves_behind_ends_with_it(tmp_path):
    await sh(f"sleep 60 & echo $! > {tmp_path}/pid")
    assert gone(int((tmp_path / "pid").read_text()))


async def test_a_daemon_that_holds_the_pipe_does_not_hold_us(tmp_path):
    started = time.monotonic()
    said = await sh(f"setsid sleep 60 & echo $! > {tmp_path}/pid; echo done")
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert said.stdout == "done"
    assert time.monotonic() - started < 2


async def test_a_callback_that_raises_ends_the_command(tmp_path):
    def refuse(line: str) -> None:
        raise ValueError(line)

    started = time.monotonic()
    with pytest.raises(ValueError, match="one"):
        await run(
            ["/bin/sh", "-c", f"echo $$ > {tmp_path}/pid; echo one; sleep 60"],
            cwd=HERE,
            environment=os.environ,
            on_stdout=refuse,
            on_stderr=refuse,
        )
    assert time.monotonic() - started < 2
    assert gone(int((tmp_path / "pid").read_text()))


async def test_a_time_limit_ends_the_command():
    with pytest.raises(TimeoutError):
        await sh("sleep 60", limit=0.2)


def test_killing_the_workbench_ends_its_grandchildren(tmp_path):
    script = (
        "import asyncio, os, pathlib\n"
        "from workbench.build.processes import collect\n"
        f"work = 'sleep 60 & echo $! > {tmp_path}/pid; wait'\n"
        "asyncio.run(collect(['/bin/sh', '-c', work], cwd=pathlib.Path('/'), environment=os.environ))\n"
    )
    workbench = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[2])
    file = tmp_path / "pid"
    while not (file.exists() and file.read_text().strip()):
        time.sleep(0.01)
    workbench.kill()
    workbench.wait()
    assert gone(int(file.read_text()))

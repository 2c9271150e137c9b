"""The server itself: one thread, and a fork that is its own."""

import asyncio
from pathlib import Path

import psutil


async def test_the_server_has_one_thread_and_leads_its_own_session(worker):
    seconds = await worker.start()
    assert 0.0 < seconds < 10.0
    server = psutil.Process(worker.server_pid)
    assert server.num_threads() == 1
    assert int(Path(f"/proc/{server.pid}/stat").read_text().rsplit(")")[1].split()[3]) == server.pid
    assert "torch" not in Path(f"/proc/{server.pid}/maps").read_text()
    assert server.environ()["OMP_WAIT_POLICY"] == "passive"


async def test_it_starts_once(worker):
    first, second = await asyncio.gather(worker.start(), worker.start())
    assert first == second
    assert await worker.start() == first


async def test_a_run_is_confined(check, tmp_path):
    port = tmp_path / "port.py"
    port.write_text(
        "import os, resource, sys\n"
        "print('BLAS', os.environ.get('OPENBLAS_NUM_THREADS'))\n"
        "print('descriptors', sorted(os.listdir('/proc/self/fd'), key=int))\n"
        "print('group', os.getpgid(0) == os.getpid(), 'core', resource.getrlimit(resource.RLIMIT_CORE))\n"
        "print('data', resource.getrlimit(resource.RLIMIT_DATA)[0])\n"
    )
    stderr = (await check(port=str(port), memory_limit=3 << 30)).exited.stderr
    assert "BLAS None" in stderr and "group True core (0, 0)" in stderr and f"data {3 << 30}" in stderr
    assert "descriptors ['0', '1', '2', '3'" in stderr

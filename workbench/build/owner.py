"""Whose workspace a target folder's own crates were compiled from last.

Cargo names what it compiles by paths within the workspace and goes by times: where two copies of a workspace share a
target folder, it can call the other copy's object fresh. So the copy that comes next drops the members' objects
first; what comes from elsewhere stays shared.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

FILE = "workbench-owner"
POLL = 0.05


@asynccontextmanager
async def owned(target: Path, root: Path, drop: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Hold the target folder for the workspace at `root`; `drop()` is awaited first where another one had it.

    Waits while another workbench builds there. Raises OSError when the folder cannot be written.
    """
    target.mkdir(parents=True, exist_ok=True)
    file = os.open(target / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        while not _locked(file):  # noqa: ASYNC110 - another process has it
            await asyncio.sleep(POLL)
        if os.pread(file, 1 << 16, 0) != os.fsencode(root):
            await drop()
            os.ftruncate(file, 0)
            os.pwrite(file, os.fsencode(root), 0)
        yield
    finally:
        os.close(file)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

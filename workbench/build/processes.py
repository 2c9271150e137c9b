"""Children that never outlive their purpose: each has a process group, which is ended as a whole."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

GRACE = 2.0
"""Seconds between SIGTERM and SIGKILL."""

DRAIN = 0.2
"""Seconds that output may still come after the end; a daemon that left the group can hold a pipe open for ever."""

_GUARD = (sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py")))
_ending: set[asyncio.Task[None]] = set()

OnLine = Callable[[str], None]


class Output(NamedTuple):
    """What a short command said; `code` is its exit status."""

    code: int
    stdout: str
    stderr: str


async def run(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    on_stdout: OnLine,
    on_stderr: OnLine,
) -> int:
    """Run a command without a terminal, hand on its lines, and return its exit status (128 + n for signal n).

    `command[0]` is an absolute path. When the caller is cancelled or a callback raises, the command and everything
    that it started are ended before this returns.
    """
    loop = asyncio.get_running_loop()
    outputs = [_Lines(loop, on_stdout), _Lines(loop, on_stderr)]
    with contextlib.ExitStack() as stack:
        writers = [await _connect(loop, lines, stack) for lines in outputs]
        child = _Child(loop, command, cwd, environment, writers)
        for writer in writers:
            writer.close()
        try:
            ends: list[asyncio.Future[Any]] = [child.ended, *(lines.failed for lines in outputs)]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await asyncio.shield(_keep(child.end()))
        await asyncio.wait([lines.closed for lines in outputs], timeout=DRAIN)
    for lines in outputs:
        if lines.failed.done():
            lines.failed.result()
    return child.ended.result()


async def collect(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], limit: float = 60.0) -> Output:
    """Run a short command and return all that it wrote; raises TimeoutError after `limit` seconds."""
    stdout: list[str] = []
    stderr: list[str] = []
    async with asyncio.timeout(limit):
        code = await run(command, cwd=cwd, environment=environment, on_stdout=stdout.append, on_stderr=stderr.append)
    return Output(code, "\n".join(stdout), "\n".join(stderr))


class _Lines(asyncio.Protocol):
    """Cuts what arrives on a pipe into lines of any length."""

    def __init__(self, loop: asyncio.AbstractEventLoop, on_line: OnLine) -> None:
        self._on_line = on_line
        self._rest = b""
        self.closed: asyncio.Future[None] = loop.create_future()
        self.failed: asyncio.Future[None] = loop.create_future()

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._hand_on(line)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._rest:
            self._hand_on(self._rest)
        if not self.closed.done():
            self.closed.set_result(None)

    def _hand_on(self, line: bytes) -> None:
        if self.failed.done():
            return
        try:
            self._on_line(line.rstrip(b"\r").decode(errors="replace"))
        except Exception as error:
            self.failed.set_exception(error)


class _Child:
    """A running command behind its guard; `ended` becomes its exit status."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        command: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        writers: Sequence[BinaryIO],
    ) -> None:
        self.ended: asyncio.Future[int] = loop.create_future()
        reader, self._lifeline = os.pipe()
        try:
            self._process = subprocess.Popen(
                [*_GUARD, *command],
                cwd=cwd,
                env=environment,
                stdin=reader,
                stdout=writers[0],
                stderr=writers[1],
                start_new_session=True,
            )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(reader)
        threading.Thread(target=self._wait, args=(loop,), daemon=True).start()

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        code = self._process.wait()
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self.ended.set_result, code if code >= 0 else 128 - code)

    async def end(self) -> None:
        """End the whole group: SIGTERM, GRACE seconds, SIGKILL; return once the leader is reaped."""
        if not self.ended.done():
            self._signal(signal.SIGTERM)
            await asyncio.wait([self.ended], timeout=GRACE)
        self._signal(signal.SIGKILL)
        await asyncio.wait([self.ended])
        os.close(self._lifeline)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def _keep(ending: Coroutine[None, None, None]) -> asyncio.Task[None]:
    """Hold the task, so that a second cancellation leaves it running."""
    task = asyncio.get_running_loop().create_task(ending)
    _ending.add(task)
    task.add_done_callback(_ending.discard)
    return task


async def _connect(loop: asyncio.AbstractEventLoop, lines: _Lines, stack: contextlib.ExitStack) -> BinaryIO:
    reader, writer = os.pipe()
    end = stack.enter_context(open(writer, "wb", buffering=0))  # noqa: ASYNC230, PTH123, SIM115
    transport, _ = await loop.connect_read_pipe(lambda: lines, open(reader, "rb", buffering=0))  # noqa: ASYNC230, PTH123, SIM115
    stack.callback(transport.close)
    return end

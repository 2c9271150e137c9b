"""The server as the engine holds it: a process, its two pipes, and who waits for which of its notices."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import msgspec

from workbench.model.errors import WorkbenchError
from workbench.native.protocol import Command, Notice, Ready, Reaped

START_LIMIT = 30.0
CLOSE_LIMIT = 2.0
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Notice] = msgspec.json.Decoder(Notice)


class ServerProcess:
    """One `python -m workbench.native`, up and ready. Use `start`."""

    def __init__(self, process: Process, log: Path) -> None:
        self._process = process
        self._log = log
        self._ends: dict[int, asyncio.Future[Reaped | None]] = {}
        self._reading: asyncio.Task[None] | None = None
        self.seconds = 0.0

    @classmethod
    async def start(cls, folder: Path) -> "ServerProcess":
        """Start a server whose own narration goes to a file in `folder`; raises WorkbenchError."""
        begun = time.monotonic()
        log = folder / "server.log"
        with log.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "workbench.native", str(folder), stdin=PIPE, stdout=PIPE, stderr=stderr,
                env=_environment(), start_new_session=True, limit=1 << 24,
            )  # fmt: skip
        server = cls(process, log)
        try:
            await asyncio.wait_for(server._wait_ready(), START_LIMIT)
        except BaseException:
            await server.close()
            raise
        server.seconds = time.monotonic() - begun
        server._reading = asyncio.create_task(server._read())
        return server

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether requests still reach it."""
        return self._process.returncode is None and self._reading is not None and not self._reading.done()

    def expect(self, number: int) -> "asyncio.Future[Reaped | None]":
        """Return what will hold the end of run `number`: None when the server died first."""
        end: asyncio.Future[Reaped | None] = asyncio.get_running_loop().create_future()
        if self.alive:
            self._ends[number] = end
        else:
            end.set_result(None)
        return end

    def send(self, command: Command) -> None:
        """Hand a command to the server; one that died swallows it."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            assert self._process.stdin is not None
            self._process.stdin.write(_encoder.encode(command) + b"\n")

    def last_words(self) -> str:
        """Return what the server itself printed: nothing unless it failed, or after `NativeWorker.close`."""
        return self._log.read_text(errors="replace").strip() if self._log.exists() else ""

    async def close(self) -> None:
        """End the server, which ends its children; without its cooperation if need be."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), CLOSE_LIMIT)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        if self._reading is not None:
            await self._reading

    async def _wait_ready(self) -> None:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line or not isinstance(_decoder.decode(line), Ready):
            said = self.last_words().splitlines()[-1:] or ["it said nothing"]
            raise WorkbenchError(f"the native worker did not start: {said[0]}")

    async def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(ValueError):
            async for line in self._process.stdout:
                self._dispatch(_decoder.decode(line))
        for end in self._ends.values():
            _settle(end, None)
        self._ends.clear()

    def _dispatch(self, notice: Notice) -> None:
        if isinstance(notice, Reaped) and notice.id in self._ends:
            _settle(self._ends.pop(notice.id), notice)


def _settle(end: "asyncio.Future[Reaped | None]", value: Reaped | None) -> None:
    if not end.done():
        end.set_result(value)


def _environment() -> dict[str, str]:
    """Busy threads that wait passively, and this very package, wherever it lies."""
    package = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "OMP_WAIT_POLICY": "passive", "PYTHONPATH": path}

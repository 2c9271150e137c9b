"""The engine's side of the native worker."""

import asyncio
import contextlib
import itertools
import shutil
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

from workbench.native._run import Run
from workbench.native._server_process import ServerProcess
from workbench.native.protocol import Message, Request

LONGEST_FOLDER = 60
"""A socket's path may have about a hundred bytes."""


class NativeWorker:
    """Runs stages of builds in forked processes; a crash, a hang or an abort ends one run and nothing else.

    The server behind it is started by `start` or by the first run, and again when it died. Runs may overlap.
    """

    def __init__(self) -> None:
        place = tempfile.gettempdir()
        self._folder = Path(tempfile.mkdtemp(prefix="workbench-", dir=place if len(place) < LONGEST_FOLDER else "/tmp"))
        self._server: ServerProcess | None = None
        self._starting = asyncio.Lock()
        self._runs: dict[int, Run] = {}
        self._numbers = itertools.count(1)

    @property
    def folder(self) -> Path:
        """Where the sockets and outputs of its runs lie while they run."""
        return self._folder

    @property
    def server_pid(self) -> int:
        """The server's process; 0 when none was started."""
        return self._server.pid if self._server else 0

    async def start(self) -> float:
        """Start the server unless it is up; return the seconds that it took to get ready.

        Raises WorkbenchError when it does not come up.
        """
        return (await self._ready_server()).seconds

    async def run(self, request: Request, time_limit: float = 0.0) -> AsyncGenerator[Message]:
        """Yield what the run says, in its order; the last message is always an `Exited`.

        `time_limit` is in seconds for each job, 0 for none; over it the run is killed. Leaving the generator
        early (`aclose`, cancellation) kills the run and waits for its end. Raises WorkbenchError when the
        server does not come up.
        """
        server = await self._ready_server()
        number = next(self._numbers)
        run = self._runs[number] = Run(number, request, self._folder, server)
        try:
            async with contextlib.aclosing(run.messages(time_limit)) as messages:
                async for message in messages:
                    yield message
        finally:
            del self._runs[number]

    def cancel(self) -> None:
        """Kill the runs that are under way; each ends with an `Exited` that says so."""
        for run in self._runs.values():
            run.cancel()

    async def close(self) -> None:
        """Kill the runs and the server, and remove what lies on disk; `run` may not be called after it."""
        self.cancel()
        if self._server is not None:
            await self._server.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _ready_server(self) -> ServerProcess:
        async with self._starting:
            if self._server is None or not self._server.alive:
                self._server = await ServerProcess.start(self._folder)
            return self._server

    async def __aenter__(self) -> "NativeWorker":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

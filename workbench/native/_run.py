"""One run as the engine sees it: request, messages, limit, end."""

import asyncio
import signal
import socket
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec

from workbench.native._server_process import ServerProcess
from workbench.native.protocol import (
    Exited,
    JobGoesOn,
    JobStarted,
    Kill,
    LaneEnded,
    LaneExited,
    Message,
    Reaped,
    Request,
    Sent,
)

LINE_LIMIT = 1 << 26
DRAIN_LIMIT = 2.0
BACKLOG = 128
STDERR_TAIL = 8192
FOREVER = 1e9
_decoder: msgspec.json.Decoder[Sent] = msgspec.json.Decoder(Sent)


class Connection:
    """One process of the run that sends: the task that reads it, and the job that it is at."""

    reading: "asyncio.Task[None]"
    job: int | None = None


class Run:
    """One request on its way through a server; `messages` may be iterated once."""

    def __init__(self, number: int, request: Request, folder: Path, server: ServerProcess) -> None:
        self._number = number
        self._server = server
        self._socket_path = folder / f"{number}.socket"
        self._stderr_path = folder / f"{number}.stderr"
        self._request = msgspec.structs.replace(
            request, id=number, socket=str(self._socket_path), stderr=str(self._stderr_path)
        )
        self._queue: asyncio.Queue[tuple[int | None, Message] | None] = asyncio.Queue()
        self._timed_out = False
        self._cancelled = False
        self._connections: list[Connection] = []

    async def messages(self, time_limit: float) -> AsyncGenerator[Message]:
        """Yield the child's messages and then the `Exited`; killed when a job takes `time_limit` seconds (0: never)."""
        begun = time.monotonic()
        loop = asyncio.get_running_loop()
        with _listen(self._socket_path) as listening:
            end = self._server.expect(self._number)
            reading = asyncio.create_task(self._receive(listening, end, begun))
            self._server.send(self._request)
            timer = self._timer(loop, time_limit)
            try:
                named = None
                while (item := await self._queue.get()) is not None:
                    job, message = item
                    if isinstance(message, JobStarted):
                        timer.cancel()
                        timer = self._timer(loop, time_limit)
                    elif job not in (named, None):
                        yield JobGoesOn(job)
                    named = job
                    yield message
                yield self._exited(await end, time.monotonic() - begun)
            finally:
                timer.cancel()
                await self._finish(end, reading)

    def cancel(self) -> None:
        """Kill the run."""
        self._cancelled = True
        self._kill()

    def _timer(self, loop: asyncio.AbstractEventLoop, time_limit: float) -> asyncio.TimerHandle:
        return loop.call_later(time_limit or FOREVER, self._time_out)

    def _time_out(self) -> None:
        self._timed_out = True
        self._kill()

    def _kill(self) -> None:
        self._server.send(Kill(self._number))

    async def _finish(self, end: "asyncio.Future[Reaped | None]", reading: "asyncio.Task[None]") -> None:
        if not end.done():
            self._kill()
            await asyncio.shield(asyncio.wait([end]))
        reading.cancel()
        await asyncio.wait([reading])
        self._socket_path.unlink(missing_ok=True)
        self._stderr_path.unlink(missing_ok=True)

    async def _receive(self, listening: socket.socket, end: "asyncio.Future[Reaped | None]", begun: float) -> None:
        """Queue the child's messages, then None, once the child is gone and its sockets are drained."""
        accepting = asyncio.create_task(self._accept(listening, begun))
        try:
            await asyncio.wait([end])
            # Whoever connected did so before its end was told, so that the loop has seen it by now.
            if readers := [connection.reading for connection in self._connections]:
                await asyncio.wait(readers, timeout=DRAIN_LIMIT)
        finally:
            for task in [accepting, *(connection.reading for connection in self._connections)]:
                task.cancel()
            self._queue.put_nowait(None)

    async def _accept(self, listening: socket.socket, begun: float) -> None:
        while True:
            accepted, _ = await asyncio.get_running_loop().sock_accept(listening)
            connection = Connection()
            connection.reading = asyncio.create_task(self._lines(accepted, connection, begun))
            self._connections.append(connection)

    async def _lines(self, accepted: socket.socket, connection: Connection, begun: float) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=accepted, limit=LINE_LIMIT)
        try:
            async for line in reader:
                await self._take(_decoder.decode(line), connection, begun)
        except (ValueError, ConnectionError):
            self._kill()
        finally:
            writer.close()

    async def _take(self, message: Sent, connection: Connection, begun: float) -> None:
        if isinstance(message, LaneEnded):
            return await self._end_lane(message, connection, begun)
        if isinstance(message, JobStarted):
            connection.job = message.index
        self._queue.put_nowait((connection.job, message))

    async def _end_lane(self, ended: LaneEnded, sender: Connection, begun: float) -> None:
        """Queue a lane's end behind what it had said."""
        for connection in self._connections:
            if connection.job is not None and self._request.jobs[connection.job].lane == ended.lane:
                if connection is not sender:
                    await asyncio.wait([connection.reading])
                reaped = Reaped(self._number, ended.exit, 0)
                self._queue.put_nowait((connection.job, LaneExited(self._exited(reaped, time.monotonic() - begun))))

    def _exited(self, reaped: Reaped | None, seconds: float) -> Exited:
        status = reaped.exit if reaped else -signal.SIGKILL
        return Exited(
            status=status,
            signal=_signal_name(-status) if status < 0 else "",
            max_rss=reaped.max_rss if reaped else 0,
            stderr=_tail(self._stderr_path) + ("" if reaped else self._server.last_words()),
            seconds=seconds,
            timed_out=self._timed_out,
            cancelled=self._cancelled,
            lost=reaped is None,
        )


def _listen(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.setblocking(False)
    listening.bind(str(path))
    listening.listen(BACKLOG)
    return listening


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - STDERR_TAIL))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""

"""The engine's side of the player: its process, and what it says."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from pathlib import Path

from workbench.audio.player import protocol
from workbench.model.errors import WorkbenchError
from workbench.model.listening import Playback, PlayerFault

WAKE_LIMIT = 30.0
"""Seconds for a Python process beside builds."""
START_LIMIT = 3.0
"""Seconds until a sound library that does not come up, or a device that does not open, counts as hung."""
SHORTEST_LOOP = 0.5
"""Seconds; less is a tone."""
STEPS = ((protocol.Awake, WAKE_LIMIT), (protocol.Ready, START_LIMIT), (protocol.Opened, START_LIMIT))
Said = Callable[[Playback | PlayerFault], None]


class Player:
    """Plays sources of one rate through a process that the first `load` starts.

    Whatever happens to the process is one `PlayerFault`, said once and again by every wish until `retry`; none of the
    methods raises for it.
    """

    def __init__(self, directory: Path, said: Said, device: str | None = None) -> None:
        """`directory` gets the process's log; `said` is called in the event loop; `device` as PortAudio names it."""
        self._log = directory / "player.log"
        self._said, self._device = said, device
        self._process: Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._fault: PlayerFault | None = None
        self._loaded: protocol.Load | None = None
        self._now: Playback | None = None
        self._moving = False

    @property
    def pid(self) -> int:
        """The process; 0 when there is none."""
        return self._process.pid if self._process else 0

    async def load(self, sources: Sequence[Path], rate: int) -> None:
        """Play these .npy files, float32 `[frames]` of equal length; keeps position and source if some are loaded."""
        self._loaded = protocol.Load(tuple(str(path) for path in sources), rate)
        if self._process is None:
            await self._start(self._loaded)
        else:
            self._send(self._loaded)

    async def play(self) -> None:
        """Go on; from the start after the end."""
        self._send(protocol.Play())

    async def pause(self) -> None:
        """Fall silent at the position."""
        self._send(protocol.Pause())

    async def seek(self, frame: int) -> None:
        """Go to a frame; beyond the ends, to the nearest."""
        self._send(protocol.Seek(frame))

    async def switch(self, source: int) -> None:
        """Go to another source at the same position."""
        self._send(protocol.Switch(source))

    async def loop(self, region: tuple[int, int] | None) -> None:
        """Repeat the frames `[first, last)`, or nothing. Raises WorkbenchError for a region under half a second."""
        if region and self._loaded and region[1] - region[0] < SHORTEST_LOOP * self._loaded.rate:
            raise WorkbenchError(f"a loop has to last {SHORTEST_LOOP} s at least: set its ends further apart")
        self._send(protocol.Loop(region))

    async def do(self, *actions: protocol.Action) -> None:
        """Send actions as they are, such as those that wait for a frame."""
        for action in actions:
            self._send(action)

    async def retry(self) -> None:
        """Start another process, which sees the devices as they are now, paused where the last one was."""
        await self.close()
        if self._loaded is not None:
            await self._start(self._loaded)

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
            self._reading = None
        if process is not None:
            await asyncio.shield(_ended(process))

    async def _start(self, load: protocol.Load) -> None:
        self._fault, self._moving, before = None, False, self._now
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "workbench.audio.player.child", *([self._device] if self._device else []),
                stdin=PIPE, stdout=PIPE, stderr=stderr, start_new_session=True, env=_environment(),
            )  # fmt: skip
        self._process = process
        self._send(load)
        up = True
        for awaited, limit in STEPS:
            up = up and await self._comes(process, awaited, limit)
        if up:
            self._reading = asyncio.create_task(self._read(process))
            await self.do(*_restored(before))

    async def _comes(self, process: Process, awaited: type[protocol.Notice], limit: float) -> bool:
        try:
            async with asyncio.timeout(limit):
                return isinstance(await self._hear(process), awaited)
        except TimeoutError:
            await self._failed(process, _no_answer())
            return False

    async def _hear(self, process: Process) -> protocol.Notice | None:
        """Return the next notice; a process that ended without a sentence gets one."""
        assert process.stdout is not None
        line = await process.stdout.readline()
        notice = protocol.notices.decode(line) if line.endswith(b"\n") else None
        if isinstance(notice, protocol.Failed):
            await self._failed(process, notice.sentence)
        elif notice is None:
            await self._failed(process, self._words_of_the_dead(await process.wait()))
        return notice

    async def _read(self, process: Process) -> None:
        while self._process is process:
            try:
                async with asyncio.timeout(START_LIMIT):
                    notice = await self._hear(process)
            except TimeoutError:
                if self._moving:
                    await self._failed(process, _no_answer())
                continue
            if isinstance(notice, protocol.Said):
                self._heard(notice.playback)

    def _heard(self, now: Playback) -> None:
        if self._now is not None and self._now.playing and not now.playing:
            self._moving = False
        self._now = now
        self._said(now)

    async def _failed(self, process: Process, sentence: str) -> None:
        if self._process is not process:
            return  # it was closed
        self._process = None
        self._fault = PlayerFault(sentence)
        await _ended(process)
        self._said(self._fault)

    def _send(self, request: protocol.Request) -> None:
        """Write a request; while something plays the process has something to say, or it hangs."""
        if isinstance(request, protocol.Play | protocol.Pause):
            self._moving = isinstance(request, protocol.Play)
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(ConnectionError, RuntimeError):
                self._process.stdin.write(protocol.encode(request) + b"\n")
        elif self._fault is not None:
            self._said(self._fault)

    def _words_of_the_dead(self, code: int) -> str:
        how = signal.Signals(-code).name if code < 0 else f"exit {code}"
        return (
            f"the player ended ({how}; its words are in {self._log}): press r to retry, or w for the page in a browser"
        )


def _restored(before: Playback | None) -> tuple[protocol.Action, ...]:
    if before is None:
        return ()
    return protocol.Loop(before.loop), protocol.Switch(before.source), protocol.Seek(before.position)


async def _ended(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _no_answer() -> str:
    server = os.environ.get("PULSE_SERVER")
    return (
        f"the sound server{f' ({server})' if server else ''} did not answer in {START_LIMIT:.0f} s: press r to retry, "
        "or w for the page in a browser"
    )


def _environment() -> dict[str, str]:
    """This very package, wherever it lies."""
    package = str(Path(__file__).resolve().parents[3])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}

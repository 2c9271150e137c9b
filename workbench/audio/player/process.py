"""A running player process, as lines in and out."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from workbench.audio.player import protocol


class PlayerProcess:
    """One `python -m workbench.audio.player.child`. Use `start`."""

    def __init__(self, process: Process, log: Path) -> None:
        self._process, self._log = process, log

    @classmethod
    async def start(cls, device: str | None, log: Path) -> "PlayerProcess":
        """Start one whose own words, and those of its libraries, go to `log`. Raises OSError."""
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "workbench.audio.player.child", *([device] if device else [])]
        with log.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=stderr, start_new_session=True, env=_environment()
            )
        return cls(process, log)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def send(self, request: protocol.Request) -> None:
        """Write a request; one that died swallows it."""
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError, RuntimeError):
            self._process.stdin.write(protocol.encode(request) + b"\n")

    async def hear(self, limit: float) -> protocol.Notice:
        """Return the next notice: a Failed of its own making once the process died without one.

        Raises TimeoutError after `limit` seconds.
        """
        assert self._process.stdout is not None
        async with asyncio.timeout(limit):
            line = await self._process.stdout.readline()
            if line.endswith(b"\n"):
                return protocol.notices.decode(line)
            return protocol.Failed(self._last_words(await self._process.wait()))

    async def end(self) -> None:
        """Kill it, whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await asyncio.shield(self._process.wait())

    def _last_words(self, code: int) -> str:
        how = signal.Signals(-code).name if code < 0 else f"exit {code}"
        return (
            f"the player ended ({how}; its words are in {self._log}): press r to retry, or w for the page in a browser"
        )


def _environment() -> dict[str, str]:
    """This very package, wherever it lies."""
    package = str(Path(__file__).resolve().parents[3])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}

"""The engine's side of the reference worker: one long-lived torch process that answers in JSON lines."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.model.errors import WorkbenchError
from workbench.model.session import Reference
from workbench.reference.launch import command

LINE_LIMIT = 1 << 24
UNDERWAY = ("progress", "candidate")
"""What a request is answered with before its end."""
CANCEL = json.dumps({"do": "cancel"}).encode() + b"\n"
Answer = dict[str, Any]
OnProgress = Callable[[Answer], None]


class ReferenceWorker:
    """Starts the worker when it is first asked, and again after `restart` or after it died.

    Requests are answered one after the other. The worker runs under the session's interpreter, in a process group
    of its own, and ends when its stdin closes. One that is `asleep` refuses every request.
    """

    def __init__(self, config: Reference, file: Path, narration: Path, asleep: bool = False) -> None:
        self._config, self._file, self._narration, self._asleep = config, file, narration, asleep
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._number = 0

    async def start(self) -> None:
        """Start the worker unless it is up; raises WorkbenchError when it does not come up."""
        async with self._turn:
            await self._ready()

    async def ask(self, do: str, on_progress: OnProgress = lambda _: None, **fields: Any) -> Answer:
        """Send one request and return its final answer; raises WorkbenchError with the worker's own sentence."""
        async with self._turn:
            process = await self._ready()
            return await self._exchange(process, {"do": do, **fields}, on_progress)

    async def search(self, on_answer: OnProgress, **fields: Any) -> Answer:
        """Have the cause of an error searched, as `ask` does; a caller that is cancelled ends the search."""
        try:
            return await self.ask("explain", on_answer, **fields)
        except asyncio.CancelledError:
            if self._process and self._process.stdin:
                with contextlib.suppress(ConnectionError, RuntimeError):
                    self._process.stdin.write(CANCEL)
            raise

    async def restart(self) -> None:
        """End the worker, so that the next request meets the reference's sources as they are now."""
        async with self._turn:
            await self._stop()

    async def close(self) -> None:
        """End the worker at once, whatever it does."""
        await self._stop()

    async def _ready(self) -> asyncio.subprocess.Process:
        if self._asleep:
            raise WorkbenchError(
                "a capture or a checkpoint is missing or no longer fits, and --native-only leaves the reference alone: "
                "run it once without"
            )
        if self._process is None or self._process.returncode is not None:
            self._process = await self._spawn()
            pinned = list(self._config.environment)
            await self._exchange(
                self._process,
                {"do": "open", "reference": str(self._file), "pin_environment": pinned},
                lambda _: None,
            )
        return self._process

    async def _spawn(self) -> asyncio.subprocess.Process:
        python = self._config.python or sys.executable
        self._narration.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._narration.open("wb") as stderr:
                return await asyncio.create_subprocess_exec(
                    *command(os.path.expanduser(os.path.expandvars(python))),
                    stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=stderr,
                    limit=LINE_LIMIT, start_new_session=True, cwd=self._file.parent,
                    env={**os.environ, "OMP_WAIT_POLICY": "passive"},
                )  # fmt: skip
        except OSError as error:
            raise WorkbenchError(
                f"the reference's interpreter `{python}` does not start: {error.strerror}; set reference.python"
            ) from error

    async def _exchange(self, process: asyncio.subprocess.Process, request: Answer, on_progress: OnProgress) -> Answer:
        assert process.stdin and process.stdout
        self._number += 1
        with contextlib.suppress(ConnectionError):
            process.stdin.write(json.dumps({"id": self._number, **request}).encode() + b"\n")
            await process.stdin.drain()
        while line := await process.stdout.readline():
            answer: Answer = json.loads(line)
            if answer.get("id") != self._number:
                continue
            if answer["event"] == "failed":
                raise WorkbenchError(answer["error"])
            if answer["event"] not in UNDERWAY:
                return answer
            on_progress(answer)
        await self._stop()
        raise WorkbenchError(f"the reference worker died while it did `{request['do']}`: {self._last_words()}")

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await asyncio.shield(process.wait())

    def _last_words(self) -> str:
        lines = self._narration.read_text(errors="replace").strip().splitlines() if self._narration.exists() else []
        return lines[-1] if lines else "it left no message"

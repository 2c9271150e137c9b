"""The event stream: many readers, one recorder."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import BufferedWriter
from pathlib import Path

from workbench.model.events import Event, SessionOpened, encode

KEPT_LOGS = 20


class Stream:
    """Hands every event to every subscriber and to the log under `folder`.

    A log that cannot be written (a full disk) costs the record, never the loop; one that was deleted is begun anew.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._log: BufferedWriter | None = None
        self._readers: list[asyncio.Queue[Event | None]] = []
        self._opened: SessionOpened | None = None
        self.log_lost = ""

    def emit(self, event: Event) -> None:
        """Publish one event."""
        self._record(event)
        if isinstance(event, SessionOpened):
            self._opened = event
        for queue in self._readers:
            queue.put_nowait(event)

    async def subscribe(self) -> AsyncIterator[Event]:
        """Yield every event from now on until the stream is closed."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._readers.append(queue)
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._readers.remove(queue)

    def close(self) -> None:
        """End every subscription and the log."""
        for queue in self._readers:
            queue.put_nowait(None)
        if self._log:
            self._log.close()
            self._log = None

    def _record(self, event: Event) -> None:
        if self._folder is None or self.log_lost:
            return
        try:
            log = self._log if self._log and _has_a_name(self._log) else self._open(self._folder)
            log.write(encode(event) + b"\n")
            log.flush()
        except OSError as error:
            self.log_lost = f"events are no longer recorded: {error.strerror}"

    def _open(self, folder: Path) -> BufferedWriter:
        folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(folder.glob("*.ndjson"))[: -KEPT_LOGS + 1]:
            old.unlink(missing_ok=True)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        self._log = (folder / f"{stamp}.ndjson").open("xb")
        if self._opened:
            self._log.write(encode(self._opened) + b"\n")
        return self._log


def _has_a_name(file: BufferedWriter) -> bool:
    return os.fstat(file.fileno()).st_nlink > 0

"""Progress events, at most about 20 a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

INTERVAL = 0.05
Send = Callable[[dict[str, Any]], None]


class Progress:
    """Counts what one run has done; `total` may be too small an estimate, which is dropped once it is passed."""

    def __init__(self, send: Send, run: str, total: int | None) -> None:
        self._send = send
        self._run = run
        self._total = total
        self._done = 0
        self._next = 0.0

    def step(self, name: str) -> None:
        """Count one tap or tensor, and tell of it unless the last word is too recent; the last one is always told."""
        self._done += 1
        if self._total is not None and self._done > self._total:
            self._total = None
        now = time.monotonic()
        if now < self._next and self._done != self._total:
            return
        self._next = now + INTERVAL
        self._send({"event": "progress", "run": self._run, "tap": name, "done": self._done, "total": self._total})

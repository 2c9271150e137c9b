"""Lines from a pipe, and whether another one waits."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator

BLOCK = 1 << 16


class Requests:
    """The lines of a file descriptor, UTF-8 without their ends. Iterating waits for them; `waiting` does not."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._read = b""
        self._ended = False

    def __iter__(self) -> Iterator[str]:
        """Every line until the other side closes the pipe; what follows the last line's end is a line too."""
        while True:
            while b"\n" not in self._read and not self._ended:
                self._take()
            if not self._read:
                return
            line, _, self._read = self._read.partition(b"\n")
            yield line.decode(errors="replace")

    def waiting(self) -> bool:
        """Whether a line, or the start of one, has come already. The end of the pipe is none."""
        while not self._read and not self._ended and select.select([self._descriptor], [], [], 0)[0]:
            self._take()
        return bool(self._read)

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._descriptor)

    def _take(self) -> None:
        block = os.read(self._descriptor, BLOCK)
        self._read += block
        self._ended = not block

"""A mode over torch's functions that can be left out for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch.overrides import TorchFunctionMode


class Pausable(TorchFunctionMode):
    """Does nothing inside `with mode.paused():`, as far as its `__torch_function__` asks `_paused`."""

    def __init__(self) -> None:
        super().__init__()
        self._paused = False

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave operations alone inside the block; blocks may nest."""
        before, self._paused = self._paused, True
        try:
            yield
        finally:
            self._paused = before

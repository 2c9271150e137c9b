"""The memory of a process and all that it started, while it runs."""

import threading
from types import TracebackType

import psutil

INTERVAL = 0.1


class Peak:
    """`with Peak(pid) as peak:` samples every 0.1 s; `bytes` is the largest sum of proportional set sizes."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._root = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(INTERVAL):
            self.bytes = max(self.bytes, self._now())

    def _now(self) -> int:
        try:
            return sum(_pss(process) for process in [self._root, *self._root.children(recursive=True)])
        except psutil.NoSuchProcess:
            return 0


def _pss(process: psutil.Process) -> int:
    """Shared pages count once among all that share them."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0

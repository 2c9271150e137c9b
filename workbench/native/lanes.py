"""Forks of a child that has loaded its stage: they share its weights, and one that crashes ends its own lane only."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from workbench.native.isolation import die_with, leave
from workbench.native.outbox import Outbox
from workbench.native.protocol import LaneEnded


def may_fork() -> bool:
    """Return whether nothing would be lost in a fork: a process with several threads keeps only the one that forks."""
    return len(list(Path("/proc/self/task").iterdir())) == 1


def fork_lanes(lanes: Sequence[int], socket: str, outbox: Outbox, run: Callable[[int, Outbox], None]) -> None:
    """Fork once per lane, call `run(lane, outbox)` in each fork, and tell `outbox` how each of them ended."""
    parent = os.getpid()
    # Connected before the forks, so that the client has seen every lane before it hears of one's end.
    boxes = {lane: Outbox(socket) for lane in lanes}
    forks: dict[int, int] = {}
    for lane, box in boxes.items():
        pid = os.fork()
        if pid == 0:
            _serve(parent, lane, box, run)
        forks[pid] = lane
    for box in boxes.values():
        box.close()
    while forks:
        pid, status = os.wait()
        if pid in forks:
            outbox.put(LaneEnded(forks.pop(pid), os.waitstatus_to_exitcode(status)))


def _serve(parent: int, lane: int, outbox: Outbox, run: Callable[[int, Outbox], None]) -> None:
    status = 1
    try:
        die_with(parent)
        run(lane, outbox)
        status = 0
    finally:
        leave(status)

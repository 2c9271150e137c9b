"""The process that plays: `python -m workbench.audio.player.child [DEVICE]`, JSON lines on stdin and stdout.

It is apart because sound libraries print on stderr, hang on servers that do not answer, and abort. A fault is its
last line; whoever wants to try again starts another one, which sees the devices as they are then.
"""

import contextlib
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from workbench.audio.player import protocol
from workbench.audio.player.faults import Fault, library
from workbench.audio.player.outlet import Outlet

TICK = 0.05
"""Seconds between two words on what is played."""

NICE = -11
"""What PulseAudio and PipeWire give themselves."""

Requests = queue.SimpleQueue[protocol.Request]
Say = Callable[[protocol.Notice], object]


def main() -> None:
    """Play what stdin asks for until it closes."""
    lines = _own_stdout()
    _hurry()
    requests: Requests = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()

    def say(notice: protocol.Notice) -> None:
        os.write(lines, protocol.encode(notice) + b"\n")

    say(protocol.Awake())
    try:
        sounds = library()
        say(protocol.Ready())
        _play(Outlet(sounds, sys.argv[1] if len(sys.argv) > 1 else None), requests, say)
    except Fault as fault:
        say(protocol.Failed(str(fault)))


def _play(outlet: Outlet, requests: Requests, say: Say) -> None:
    last = None
    while True:
        _obey(outlet, requests, say)
        now = outlet.tick()
        if now is not None and now != last:
            say(protocol.Said(now))
        last = now


def _obey(outlet: Outlet, requests: Requests, say: Say) -> None:
    """Hand on the next request; where nothing plays, nothing is said until there is one."""
    try:
        request = requests.get(timeout=TICK if outlet.active else None)
    except queue.Empty:
        return
    if isinstance(request, protocol.Load):
        outlet.load([Path(source) for source in request.sources], request.rate)
        say(protocol.Opened())
    else:
        outlet.do(request)


def _hurry() -> None:
    """Go before builds and checks, as sound servers do; who may not has the device's latency to live on."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    with contextlib.suppress(OSError, AttributeError):  # macOS has no such call
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def _own_stdout() -> int:
    """Return stdout for our lines alone; what libraries print there goes to stderr."""
    ours = os.dup(1)
    os.dup2(2, 1)
    return ours


def _listen(lines: Iterable[bytes], requests: Requests) -> None:
    """Hand on requests; the end of stdin is the end of the process, even while a library hangs."""
    for line in lines:
        requests.put(protocol.requests.decode(line))
    os._exit(0)


if __name__ == "__main__":
    main()

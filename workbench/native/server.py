"""The forkserver: preloads, starts no thread, forks once per request, reaps, and dies with its stdin."""

import contextlib
import gc
import os
import select
import shutil
import signal
import time

import msgspec

from workbench.native import child
from workbench.native.protocol import Command, Forked, Kill, Notice, Ready, Reaped, Request

STDIN, STDOUT = 0, 1
KIB = 1024
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


class Server:
    """One loop over two descriptors: commands on stdin, and the wake-up that SIGCHLD writes."""

    def __init__(self) -> None:
        self._children: dict[int, int] = {}
        self._pending = b""
        self._woken, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def serve(self, begun: float, folder: str) -> None:
        """Answer commands until stdin ends, then remove `folder`, where the client keeps its sockets.

        `begun` is when the process did, by time.perf_counter.
        """
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        gc.collect()
        gc.freeze()
        _say(Ready(os.getpid(), time.perf_counter() - begun))
        try:
            while self._turn():
                pass
        finally:
            for pid in self._children.values():
                kill_group(pid)
        shutil.rmtree(folder, ignore_errors=True)

    def _turn(self) -> bool:
        ready, _, _ = select.select([STDIN, self._woken], [], [])
        if self._woken in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._woken, KIB)
            self._reap()
        return STDIN not in ready or self._read()

    def _read(self) -> bool:
        received = os.read(STDIN, KIB * KIB)
        *lines, self._pending = (self._pending + received).split(b"\n")
        for line in lines:
            self._obey(_decoder.decode(line))
        return bool(received)

    def _obey(self, command: Command) -> None:
        if isinstance(command, Kill):
            if command.id in self._children:
                kill_group(self._children[command.id])
        else:
            self._fork(command)

    def _fork(self, request: Request) -> None:
        server = os.getpid()
        pid = os.fork()
        if pid == 0:
            os.close(self._woken)
            os.close(self._waker)
            child.main(request, server)
        self._children[request.id] = pid
        _say(Forked(request.id, pid))

    def _reap(self) -> None:
        for number, pid in list(self._children.items()):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            # Before the child is reaped its number cannot be anyone else's group.
            kill_group(pid)
            _, status, usage = os.wait4(pid, 0)
            del self._children[number]
            _say(Reaped(number, os.waitstatus_to_exitcode(status), usage.ru_maxrss * KIB))


def kill_group(pid: int) -> None:
    """Kill a child that was not reaped yet, and all that it started in its group."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # It has not made its own group yet.
        os.kill(pid, signal.SIGKILL)


def _say(notice: Notice) -> None:
    os.write(STDOUT, _encoder.encode(notice) + b"\n")

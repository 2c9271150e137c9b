"""What a fork does before it touches the user's code: its own group, outputs, limits, and an end with its parent."""

import ctypes
import faulthandler
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
STDIN, STDOUT, STDERR = 0, 1, 2
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT = 1 << 30
_libc = ctypes.CDLL(None, use_errno=True)


def isolate(parent: int, stderr: str, memory_limit: int) -> None:
    """Cut the calling process loose from the server `parent`; both output streams go to the file `stderr`.

    `memory_limit` bounds its private memory in bytes (0: unbounded), so that an allocation fails in this
    process instead of the kernel choosing a victim. Raises OSError.
    """
    os.setsid()
    die_with(parent)
    _redirect(stderr)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_limit:
        resource.setrlimit(resource.RLIMIT_DATA, (memory_limit, memory_limit))
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    faulthandler.enable(STDERR)
    _keep_freed_memory()


def leave(status: int) -> None:
    """End the process without running destructors of the user's libraries, which may crash or hang."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    _libc.fflush(None)
    os._exit(status)


def _keep_freed_memory() -> None:
    """Let glibc reuse what a layer frees for the next one, which saves a page fault per 4 KiB of every tensor."""
    if hasattr(_libc, "mallopt"):
        _libc.mallopt(M_MMAP_THRESHOLD, KEPT)
        _libc.mallopt(M_TRIM_THRESHOLD, KEPT)


def die_with(parent: int) -> None:
    """Have the kernel kill the calling process when `parent`, which forked it, ends."""
    if _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        os._exit(1)


def _redirect(stderr: str) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, STDIN)
    os.dup2(output, STDOUT)
    os.dup2(output, STDERR)
    os.close(nothing)
    os.close(output)

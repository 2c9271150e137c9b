"""Runs one command for the workbench and ends its whole process group when the workbench is gone.

Started as a file of its own, under `python -I -S`, as the leader of a new session. Its stdin is a pipe that only the
workbench can write to: end of file there means that the workbench was killed. Exits with the command's own status,
or 128 + n for signal n.
"""

import _thread
import os
import signal
import sys
import time

GRACE = 2.0


def main() -> None:
    """Run `sys.argv[1:]` with an empty stdin; the first argument is an absolute path."""
    orphaned: list[bool] = []
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = os.posix_spawn(
        sys.argv[1],
        sys.argv[1:],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
        setsigdef=[signal.SIGTERM],
    )
    _thread.start_new_thread(_follow, (orphaned,))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if orphaned:
        os.killpg(0, signal.SIGKILL)
    os._exit(code if code >= 0 else 128 - code)


def _follow(orphaned: list[bool]) -> None:
    os.read(0, 1)
    orphaned.append(True)
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()

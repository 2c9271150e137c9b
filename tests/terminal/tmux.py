"""A real terminal: a tmux server of its own with one window, a shell in it, keys in and characters out."""

import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil

PATIENCE = 120.0
"""Seconds until something has to be on the screen: a build and a check."""
PROMPT = "ready> "


class Terminal:
    """One window; `close` ends its server and all that runs in it."""

    def __init__(self, socket: Path, cwd: Path, size: tuple[int, int] = (120, 40)) -> None:
        self._tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
        shell = ["env", "-u", "COLUMNS", "-u", "LINES", f"PS1={PROMPT}", "bash", "--norc", "--noprofile", "-i"]
        self._run("new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), "-c", str(cwd), shlex.join(shell))
        self.until(lambda text: text.rstrip().endswith(PROMPT.rstrip()))

    @property
    def text(self) -> str:
        """The characters of the window."""
        return self._run("capture-pane", "-p")

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.text.splitlines()]

    def type(self, text: str) -> None:
        """Write a line to the shell."""
        self._run("send-keys", "-l", text)
        self.press("Enter")

    def press(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def resize(self, width: int, height: int) -> None:
        self._run("resize-window", "-x", str(width), "-y", str(height))

    def until(self, shown: Callable[[str], bool]) -> str:
        """Return the window's text once it shows what is awaited."""
        end = time.monotonic() + PATIENCE
        while not shown(text := self.text):
            assert time.monotonic() < end, f"never shown; the window has:\n{text}"
            time.sleep(0.05)
        return text

    def says(self, command: str) -> str:
        """Return what a shell command prints."""
        self._run("clear-history")
        self.press("C-l")
        self.type(f"{command}; echo = done")
        text = self.until(lambda text: "\n= done" in text)
        return text.partition("= done\n")[2].partition("\n= done")[0]

    def family(self) -> list[psutil.Process]:
        """The shell and everything below it."""
        shell = psutil.Process(int(self._run("display-message", "-p", "#{pane_pid}")))
        return [shell, *shell.children(recursive=True)]

    def hang_up(self) -> None:
        """Close the window as one closes a terminal: what runs in it gets SIGHUP."""
        self._run("kill-session")

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)

    def _run(self, *words: str) -> str:
        return subprocess.run([*self._tmux, *words], capture_output=True, text=True, check=True).stdout


def alive(processes: list[psutil.Process], seconds: float = 10.0) -> list[psutil.Process]:
    """Return those that still run after a while; a zombie that nobody buries is dead."""
    left = psutil.wait_procs(processes, timeout=0)[1]
    end = time.monotonic() + seconds
    while left and time.monotonic() < end:
        left = [one for one in left if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
        time.sleep(0.05)
    return left

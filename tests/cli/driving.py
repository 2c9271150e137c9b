"""The command line as a shell runs it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.workspace import SPEECH
from workbench.model.events import Event, StageDone, decode

WORKBENCH = Path(sys.executable).parent / "workbench"
SESSION = Path("sessions/cosyvoice3/session.toml")
INPUTS = len(SPEECH)
"""Inputs of the session's one stage: that many captures, that many verdicts."""


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [WORKBENCH, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=900,
        check=False,
    )


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a command that could not begin said: one line on stderr, nothing on stdout."""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and done.stdout == "", (done.stdout[-2000:], done.stderr[-3000:])
    return lines[0]


def reasons(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return why the stages of a `check --json` ended early."""
    ended = [event for event in map(decode, done.stdout.splitlines()) if isinstance(event, StageDone)]
    return [event.reason for event in ended if event.reason]


def events_of(log: Path) -> list[Event]:
    return [decode(line) for line in log.read_bytes().splitlines()]


def kept(folder: Path) -> dict[str, tuple[int, int]]:
    """Return every file below a folder with its size and time: what must stay as it is."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


@contextmanager
def edited(path: Path, old: str, new: str) -> Iterator[None]:
    """Replace a text that stands in a file, and put it back."""
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new, 1))
    try:
        yield
    finally:
        path.write_text(text)

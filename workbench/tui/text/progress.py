"""Bars of what takes long, with nothing promised that is not known."""

from rich.text import Text

from workbench.model.board import Board
from workbench.model.events import Progress
from workbench.report import numbers
from workbench.report.numbers import ELLIPSIS
from workbench.tui.palette import Palette

TASKS = {"setup": "set-up", "build": "build", "capture": "capture", "check": "check"}
SOONEST = 2.0
"""Seconds that a task must have run before the time left is guessed."""


def progress(board: Board, ink: Palette, width: int, now: float) -> Text:
    """Return one line per running task: name, bar, count, time left or time gone."""
    lines = [_line(board, task, event, ink, width, now) for task, event in board.progress.items()]
    return Text("\n").join(lines)


def _line(board: Board, task: str, event: Progress, ink: Palette, width: int, now: float) -> Text:
    since = board.progress_since.get(task, event)
    tail = f" {event.done}/{event.total} " if event.total else f" {event.done} so far " if event.done else " "
    tail += time_left(since, event, now)
    room = min(max(width - 44 - len(tail), 8), 60)
    label = event.label if len(event.label) <= 30 else event.label[:29] + ELLIPSIS
    line = Text.assemble(" ", (TASKS.get(task, task).ljust(9), ink.accent), (label.ljust(31), ink.normal))
    if event.total:
        full = event.done * room // event.total
        line.append("━" * full, ink.accent).append("─" * (room - full), ink.line)
    line.append(tail, ink.muted)
    return line


def time_left(since: Progress, event: Progress, now: float) -> str:
    """Return a guess from the pace so far, or how long it has taken where a guess would be a lie."""
    gone = max(now - since.at, 0.0)
    advanced = event.done - since.done
    if event.total and advanced > 0 and gone >= SOONEST:
        pace = max(event.at - since.at, 1e-3) / advanced
        return f"about {_whole(pace * (event.total - event.done))} left"
    return f"for {_whole(gone)}" if gone >= 1 else ""


def _whole(seconds: float) -> str:
    return f"{max(round(seconds), 1)} s" if seconds < 10 else numbers.seconds(seconds)

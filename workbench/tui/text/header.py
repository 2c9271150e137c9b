"""The top line: which session, which build, which check, and how old they are."""

from datetime import datetime

from rich.text import Text

from workbench.model.board import Board
from workbench.model.verdict import Verdict
from workbench.report import numbers
from workbench.report.build import chosen, kind
from workbench.tui.palette import Palette

STATES = {
    "settling": "saved, waiting for quiet",
    "vcs": "git is at work, waiting",
    "capturing": "recording the reference",
    "checking": "checking",
    "paused": "paused",
    "stopped": "stopped",
}


def header(board: Board, ink: Palette, width: int, now: float) -> Text:
    """Return one line of exactly `width` cells; what is least telling goes first where room is short."""
    switches = Text(chosen(board.build) if board.build else "", ink.normal)
    left = [(9, _session(board, ink)), (8, _state(board, ink)), (7, _build(board, ink, now)), (4, switches)]
    right = [(6, _counts(board, ink)), (3, _checked(board, ink)), (2, _generation(board, ink)), (5, _clock(ink, now))]
    keep = sorted([part for part in [*left, *right] if part[1].cell_len], key=lambda part: -part[0])
    while len(keep) > 1 and sum(part[1].cell_len + 3 for part in keep) > width - 1:
        keep.pop()
    separator = Text(" · ", ink.muted)
    first = separator.join([part[1] for part in left if part in keep])
    last = separator.join([part[1] for part in right if part in keep])
    gap = max(width - 2 - first.cell_len - last.cell_len, 1)
    line = Text(" ").append_text(first).append(" " * gap).append_text(last).append(" ")
    line.truncate(width, overflow="ellipsis")
    return line


def _session(board: Board, ink: Palette) -> Text:
    if board.session is None:
        return Text("workbench", ink.loud)
    return Text.assemble((board.session.name, ink.loud), (f" {board.session.size}", ink.normal))


def _state(board: Board, ink: Palette) -> Text:
    if board.building:
        return Text(f"building {board.building}", ink.accent)
    if board.broken:
        return Text("✗ set-up", ink.failed)
    if board.build_failed:
        return Text(f"✗ build failed {numbers.seconds(board.build_failed.seconds)}", ink.failed)
    if board.state in STATES:
        return Text(STATES[board.state], ink.limited if board.state in ("paused", "vcs", "stopped") else ink.accent)
    if board.build:
        fresh = "✓ unchanged" if board.build.fresh else f"✓ built {numbers.seconds(board.build.seconds)}"
        return Text(fresh, ink.passed)
    return Text(board.state if board.session else "", ink.muted)


def _build(board: Board, ink: Palette, now: float) -> Text:
    build = board.build
    if build is None:
        return Text()
    old = bool(board.building or board.build_failed)
    text = Text(build.label, ink.stale if old else ink.normal)
    text.append(f" {kind(build)}", ink.muted)
    if build.card.doubts:
        text.append(" !", ink.failed)
    return text.append(f", {numbers.age(now - build.made_at)}", ink.muted)


def _counts(board: Board, ink: Palette) -> Text:
    if board.check is None:
        return Text()
    old = board.check.generation < board.generation
    parts = []
    for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.LIMITED, Verdict.PASS, Verdict.UNCHECKED):
        if number := board.check.counts.get(verdict, 0):
            parts.append(Text(f"{number} {verdict.value}", ink.stale if old else ink.verdict(verdict)))
    return Text(", ", ink.muted).join(parts)


def _checked(board: Board, ink: Palette) -> Text:
    return Text(f"checked {numbers.seconds(board.check.seconds)}", ink.muted) if board.check else Text()


def _generation(board: Board, ink: Palette) -> Text:
    return Text(f"gen {board.generation}", ink.muted) if board.generation else Text()


def _clock(ink: Palette, now: float) -> Text:
    return Text(datetime.fromtimestamp(now).strftime("%H:%M:%S"), ink.muted)

"""The loudest lines: what is wrong and where, or what is being waited for."""

from rich.text import Text

from workbench.model.board import Board
from workbench.model.events import BY_ORDER, CheckDone, StageDone
from workbench.model.row import Change, Row
from workbench.model.verdict import Verdict
from workbench.report import numbers
from workbench.report.build import after_green
from workbench.report.cause import proof
from workbench.tui.palette import Palette

STDERR_LINES = 3
PLACE = 24
"""Least room in which the line of the reference is worth its cells."""


def headline(board: Board, ink: Palette, width: int) -> Text:
    """Return one to five lines of at most `width` cells where they cannot wrap."""
    if board.broken:
        return _sentence("✗ cannot go on  ", board.broken, ink)
    if board.session is None:
        return Text("○ opening the session", ink.muted)
    if crash := _crash(board):
        return _crashed(crash, ink, _is_old(board))
    if board.check and board.check.first:
        return _divergence(board, board.check, board.check.first, ink, width)
    if provisional := _first_failing(board):
        said = _named("✗ first failing row so far", provisional, ink, ink.failed, width)
        return Text.assemble(said, _why(board, provisional, ink, width))
    if board.check:
        return _no_divergence(board, board.check, ink, width)
    return Text(_waiting(board), ink.muted)


def _is_old(board: Board) -> bool:
    return board.check is not None and board.check.generation < board.generation


def _sentence(head: str, text: str, ink: Palette) -> Text:
    return Text.assemble((head, ink.failed), (text, ink.normal))


def _crash(board: Board) -> StageDone | None:
    """Return the first stage that ended without being able to say it in rows."""
    for stage in board.stages.values():
        for state in stage.inputs.values():
            if state.done and state.done.reason and state.done.verdict is Verdict.FAIL:
                return state.done
    return None


def _crashed(done: StageDone, ink: Palette, old: bool) -> Text:
    text = Text.assemble(
        ("✗ ", ink.failed), (f"{done.stage}", ink.stale if old else ink.failed), (f" on {done.input}  ", ink.muted),
        (done.reason, ink.stale if old else ink.normal),
    )  # fmt: skip
    for line in done.stderr.strip().splitlines()[-STDERR_LINES:]:
        text.append(f"\n  {line}", ink.muted)
    return text


def _divergence(board: Board, check: CheckDone, row: Row, ink: Palette, width: int) -> Text:
    old = _is_old(board)
    said = "first failing test" if row.kind == "test" else "first divergence"
    head = f"✗ {said}" if not old else f"✗ last check's {said}"
    text = _named(head, row, ink, ink.stale if old else ink.failed, width, check.build.number)
    if row.kind == "test":
        text.append(f"\n  {row.reason}", ink.normal)
    if check.by_order:
        text.append(f"\n  {BY_ORDER}", ink.muted)
    if check.edited and not (row.source and row.source.edited):
        places = ", ".join(source.text for source in check.edited)
        text.append(f"\n  edited since the last build that passed  {places}", ink.muted)
    return text if old else Text.assemble(text, _moved(board, row.stage, ink, width), _why(board, row, ink, width))


def _moved(board: Board, stage: str, ink: Palette, width: int) -> Text:
    """Return a line break and what moved of a stage's reference; empty where nothing did."""
    moved = board.stages[stage].moved
    if moved is None:
        return Text()
    said = Text.assemble(("\n  ! ", ink.limited), (moved.line, ink.normal))
    said.truncate(width + 1, overflow="ellipsis")
    return said


def _why(board: Board, row: Row, ink: Palette, width: int) -> Text:
    """Return a line break and the cause, or how far the search for it is; empty where none was begun."""
    if causes := board.causes.get(row.key):
        more = f"  or {len(causes) - 1} more" if len(causes) > 1 else ""
        said = Text.assemble(
            ("  cause  ", ink.failed), (causes[0].words, ink.loud), (f"  {proof(causes[0])}{more}", ink.muted)
        )
        if (place := causes[0].python) and (room := width - said.cell_len - 2) >= PLACE:
            said.append(f"  {numbers.from_left(place.text, room)}", ink.muted)
    elif done := board.explained.get(row.key):
        said = Text(f"  not explained  {done.explanation.tried} changes tried, none gives the port's tensor", ink.muted)
    elif board.explaining == row.key:
        said = Text("  looking for the cause…", ink.muted)
    else:
        return Text()
    said.truncate(width, overflow="ellipsis")
    return Text.assemble("\n", said)


def _named(head: str, row: Row, ink: Palette, loud: object, width: int, build: int = 0) -> Text:
    style = ink.failed if loud is ink.failed else ink.stale
    tail = Text("fails" if row.kind == "test" else f"{numbers.times(row.times)}× floor", style)
    if row.change is Change.BROKEN:
        tail.append(f"  ▲ broken by #{build}" if build else "  ▲ broken", style)
    place = row.source.text if row.source else ""
    room = width - len(head) - 4 - tail.cell_len
    if len(row.name) + len(place) + 2 > room:
        place = numbers.from_left(place, max(room - len(row.name) - 2, 0)) if room - len(row.name) > 14 else ""
    name = numbers.from_left(row.name, max(room - (len(place) + 2 if place else 0), 8))
    gap = max(room - len(name) - len(place) - (2 if place else 0), 0)
    text = Text.assemble((head, style), "  ", (name, ink.stale if style is ink.stale else ink.loud))
    if place:
        text.append(f"  {place}", ink.muted)
    text.append(" " * (gap + 2))
    text.append_text(tail)
    return text


def _first_failing(board: Board) -> Row | None:
    for stage in board.stages.values():
        rows = [row for state in stage.inputs.values() for row in state.rows.values() if row.verdict is Verdict.FAIL]
        if fresh := [row for row in rows if not board.is_stale(row)]:
            return min(fresh, key=lambda row: row.order)
    return None


def _no_divergence(board: Board, check: CheckDone, ink: Palette, width: int) -> Text:
    style = ink.stale if _is_old(board) else ink.passed
    counts = check.counts
    rows = sum(counts.values())
    if check.verdict is Verdict.PASS:
        worst = None if _is_old(board) else max(board.all_rows(), key=lambda row: row.times, default=None)
        said = Text(f"✓ all {numbers.counted(rows, 'row')} pass", style)
        if worst:
            said.append(f"  worst {numbers.times(worst.times)}× floor at {worst.name}", ink.muted)
        return Text.assemble(said, *_beside(board, ink, width))
    others = ", ".join(f"{number} {verdict}" for verdict, number in counts.items() if number)
    said = Text.assemble((f"{check.verdict.mark} no row fails", ink.verdict(check.verdict)), (f"  {others}", ink.muted))
    if check.doubt:
        said.append_text(Text.assemble("\n  ", (check.doubt.name, ink.loud), (f"  {check.doubt.reason}", ink.muted)))
    return Text.assemble(said, *_beside(board, ink, width))


def _beside(board: Board, ink: Palette, width: int) -> list[Text]:
    """Return what is said beside a check without a divergence: what moved, and what the weights are about."""
    moved = [_moved(board, stage, ink, width) for stage in board.stages]
    return [*moved, _weights(board, ink, width), *_doubts(board, ink, width), *_figures(board, ink, width)]


def _doubts(board: Board, ink: Palette, width: int) -> list[Text]:
    """Return what is not as it looks with the build, and what its kind cannot be checked for: the first of each."""
    build = board.check.build if board.check else None
    ended = (state.done for stage in board.stages.values() for state in stage.inputs.values() if state.done)
    said = [("! ", doubt, ink.limited) for doubt in (build.card.doubts[:1] if build else ())]
    said += [("○ ", done.unchecked, ink.muted) for done in ended if done.unchecked][:1]
    lines = [Text.assemble((f"\n  {mark}", style), (text, ink.normal)) for mark, text, style in said]
    for line in lines:
        line.truncate(width + 1, overflow="ellipsis")
    return lines


def _figures(board: Board, ink: Palette, width: int) -> list[Text]:
    """Return a line for each command that ran after green."""
    lines = []
    for event in board.after_green.values():
        style = ink.failed if event.problem else ink.loud
        line = Text.assemble(("\n  after green  ", ink.muted), (f"{event.name}  {after_green(event)}", style))
        line.truncate(width + 1, overflow="ellipsis")
        lines.append(line)
    return lines


def _weights(board: Board, ink: Palette, width: int) -> Text:
    """Return the first finding of the stages' preflights and how many more there are; empty without one."""
    found = [finding for stage in board.stages.values() for finding in stage.preflight]
    if not found:
        return Text()
    more = f"  and {len(found) - 1} more" if len(found) > 1 else ""
    style = ink.failed if found[0].level == "error" else ink.muted
    said = Text.assemble(("\n", style), (found[0].line, style), (more, ink.muted))
    said.truncate(width + 1, overflow="ellipsis")
    return said


def _waiting(board: Board) -> str:
    return {
        "building": "○ nothing checked yet: the first build runs",
        "capturing": "○ nothing checked yet: the reference is being recorded; this is done once and kept",
        "checking": "○ the first check runs",
        "paused": "○ nothing checked yet: watching is paused, p goes on",
    }.get(board.state, "○ nothing checked yet: save a file, or press r")

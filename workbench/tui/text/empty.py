"""What stands where rows would be."""

from workbench.model.board import Board
from workbench.tui.view import Choice, View


def empty(board: Board, choice: Choice, view: View) -> str:
    """Return why there is no row and what to do about it; nothing when there are rows."""
    if view.lines:
        return ""
    if view.total:
        if choice.needle:
            where = " among the failing ones" if choice.failed_only else ""
            return f"No tap of {view.stage} is named like “{choice.needle}”{where}. Esc clears the filter."
        return f"Nothing fails in {view.stage}. f shows all {view.total} rows again."
    return _without_rows(board, view.stage)


def _without_rows(board: Board, stage: str) -> str:
    if board.session is None:
        return "The session is being opened."
    if board.broken:
        return "Nothing can be checked until the set-up is whole again. Mend it and save, or press R."
    if board.build_failed and board.check is None:
        return "There is no build to check yet. Mend the first error above; e opens its line."
    if crashed := [state.done for state in board.stages[stage].inputs.values() if state.done and state.done.reason]:
        return f"{stage} ended before its first tap: {crashed[0].reason}"
    if board.stages[stage].stale:
        return f"The rows of {stage} no longer hold: {board.stages[stage].stale}. r checks it again."
    waits = {
        "building": "The first build runs; the rows follow.",
        "capturing": "The reference is being recorded for the first time. It is kept, so this is done once.",
        "checking": f"{stage} has not begun yet.",
        "paused": "Watching is paused. p goes on.",
    }
    return waits.get(board.state, f"{stage} has not been checked yet. Save a file, or press r.")

"""What holds on the screen now; actions name the facts that they need."""

from workbench.model.board import Board
from workbench.tui.view import Choice, View, inputs_of

RUNNING = ("building", "capturing", "checking", "settling")


def board_facts(board: Board) -> set[str]:
    """Return what the event stream alone says."""
    named = {
        "session": board.session is not None,
        "stage": bool(board.stages),
        "running": bool(board.building) or bool(board.progress) or bool(board.explaining) or board.state in RUNNING,
        "idle": board.state == "idle",
        "paused": board.state == "paused",
        "messages": bool(board.diagnostics) or board.build_failed is not None,
    }
    return {name for name, holds in named.items() if holds}


def view_facts(board: Board, choice: Choice, view: View) -> set[str]:
    """Return what follows from the rows that are shown."""
    named = {
        "row": bool(view.lines),
        "rows": view.total > 0 or choice.failed_only,
        "failing": bool(view.first_failing),
        "inputs": len(inputs_of(board, view.stage)) > 1,
        "repeated": view.repeated,
        "unfolded": not choice.folded,
        "failed only": choice.failed_only,
        "narrowed": bool(choice.needle),
    }
    return {name for name, holds in named.items() if holds}

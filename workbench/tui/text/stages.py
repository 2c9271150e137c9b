"""The stage list: a verdict each, and how far a running one is."""

from dataclasses import dataclass

from workbench.model.board import Board, StageState
from workbench.model.verdict import Verdict


@dataclass(frozen=True)
class StageItem:
    """One stage as it is listed; `on` is whether saves check it, `old` whether its rows are of an older build."""

    name: str
    verdict: Verdict
    note: str
    on: bool
    old: bool


def stage_items(board: Board, off: frozenset[str]) -> list[StageItem]:
    """Return the stages in the session's order."""
    return [
        StageItem(name, stage.verdict, _note(board, stage), name not in off, _old(board, stage))
        for name, stage in board.stages.items()
    ]


def _old(board: Board, stage: StageState) -> bool:
    states = stage.inputs.values()
    return bool(states) and all(state.generation < board.fresh_from(stage.info.name) for state in states)


def _note(board: Board, stage: StageState) -> str:
    """Return `12/66` while it runs, else how many of its rows fail, else how many there are."""
    running = [state for state in stage.inputs.values() if state.done is None and state.expected]
    if running:
        seen = sum(generation == state.generation for state in running for generation in state.row_generations.values())
        return f"{seen}/{sum(state.expected for state in running)}"
    rows = [row for state in stage.inputs.values() for row in state.rows.values()]
    failing = sum(row.verdict is Verdict.FAIL for row in rows)
    return f"{failing} {Verdict.FAIL.mark}" if failing else str(len(rows) or "")

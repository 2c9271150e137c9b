"""What a run of the chain left, as Markdown."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase

from workbench.model.board import Board
from workbench.model.events import CheckDone
from workbench.report.chain import chain_tables
from workbench.report.table import stage_table, summary


def log(board: Board, patterns: Iterable[str]) -> str:
    """Return the tables of the stages that fit the patterns."""
    fitting = [state for state in board.stages.values() if any(fnmatchcase(state.info.name, each) for each in patterns)]
    return "\n\n".join(stage_table(state) for state in fitting if state.inputs) + "\n"


def report(
    board: Board, done: CheckDone, files: Iterable[tuple[str, Mapping[str, str], tuple[str, ...]]],
    nulls: Mapping[str, float | None],
) -> str:  # fmt: skip
    """Return the report: what was run, how it ended, how the sounds null, and every file with its keys."""
    session = board.session
    name, size = (session.name, session.size) if session else ("", "")
    when = datetime.fromtimestamp(done.at).astimezone().isoformat(" ", "seconds")
    lines = [f"# {name} · {size} · {when}", "", f"Build {done.build.label}, profile {done.build.profile}.", ""]
    lines += ["```", *(line for table in chain_tables(board) for line in table.splitlines()), "", summary(done), "```"]
    lines += ["", *(f"- {source}: {_null(value)}" for source, value in nulls.items()), ""]
    return "\n".join([*lines, *_files(files)]) + "\n"


def _null(value: float | None) -> str:
    if value is None:
        return "cannot be compared: a side lacks it, or the shapes differ"
    return "both sides are equal" if math.isinf(value) else f"port and reference null to −{value:.0f} dB"


def _files(files: Iterable[tuple[str, Mapping[str, str], tuple[str, ...]]]) -> Iterator[str]:
    for name, keys, missing in files:
        yield f"## {name}"
        yield ""
        yield from (f"- `{key}` {said}" for key, said in keys.items())
        yield from (f"- `{key}` is missing: the chain did not come to it" for key in missing)
        yield ""

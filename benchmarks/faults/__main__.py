"""Plants every fault, one by one, and holds what is said of it against the key: `make bench-faults`.

Run: python -m benchmarks.faults [NAME …] [--patience 90] [--write]. With --write the table goes to docs/faults.md; a
NAME may be that of a stage. The peers are asked about the same builds and captures; Polygraphy and
msprobe (`pip install mindstudio-probe`) join them where they can be imported.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from benchmarks.faults.fault import Answer, Fault, Texts, answers, faults, sources_in
from benchmarks.faults.planting import compared, plant, write
from benchmarks.faults.score import Score, score
from benchmarks.faults.stages import declare
from benchmarks.faults.table import table
from tests.loop.driving import Loop, running
from tests.workspace import REPOSITORY, copy_workspace
from workbench.model.build import Build
from workbench.model.verdict import Verdict

CLEAN = (Verdict.PASS, Verdict.LIMITED, Verdict.INCONCLUSIVE, Verdict.UNCHECKED)
"""What a row of the port as it is may be: silence has no spread to prove anything by."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--patience", type=float, default=90.0, help="seconds to wait for a cause")
    parser.add_argument("--write", action="store_true", help="write docs/faults.md")
    arguments = parser.parse_args()
    wanted = set(arguments.names)
    chosen = {name: fault for name, fault in faults().items() if not wanted or wanted & {name, fault.stage}}
    with tempfile.TemporaryDirectory(prefix="workbench-faults-") as folder:
        text = asyncio.run(run(copy_workspace(Path(folder)), chosen, arguments.patience, arguments.write))
    print(text)


async def run(workspace: Path, chosen: dict[str, Fault], patience: float, written: bool) -> str:
    """Return the table; written after every fault, so that a run that is interrupted leaves what it found."""
    key, scores, clean, text = answers(), [], {}, ""
    sources = sources_in(workspace)
    for stage in dict.fromkeys(fault.stage for fault in chosen.values()):
        declare(workspace, stage)
        async with running(workspace) as loop:
            clean[stage] = list(loop.board.all_rows()), await compared(loop, _build(loop), stage, every=True)
            for name, fault in _of(stage, chosen):
                scores.append(await _one(loop, workspace, sources, name, fault, key[name], patience))
                text = table(scores, clean, patience)
                if written:
                    (REPOSITORY / "docs" / "faults.md").write_text(text)
            start = len(loop.events)
            write(sources)
            await loop.checked(start)
            _build(loop)
    return text


async def _one(
    loop: Loop, workspace: Path, sources: Texts, name: str, fault: Fault, answer: Answer, patience: float
) -> Score:
    found = score(name, fault, answer, await plant(loop, workspace, sources, fault, patience))
    print(f"{name:20} {found.layer!s:6} {found.tap:36} {found.place}/{found.causes} {found.words}", flush=True)
    return found


def _of(stage: str, chosen: dict[str, Fault]) -> list[tuple[str, Fault]]:
    return [(name, fault) for name, fault in chosen.items() if fault.stage == stage]


def _build(loop: Loop) -> Build:
    rows = [row for row in loop.board.all_rows() if row.verdict not in CLEAN]
    assert loop.board.check and not rows, f"the port as it is does not pass: {rows[:1]}"
    return loop.board.check.build


if __name__ == "__main__":
    main()

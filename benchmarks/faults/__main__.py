"""Plants every fault, one by one, and holds what is said of it against the key: `make bench-faults`.

Run: python -m benchmarks.faults [NAME …] [--patience 90] [--write]. A NAME may be that of a stage. With --write the
page goes to docs/faults.md; of faults that are not named it has what was found before. The peers are asked about the
same builds and captures; Polygraphy and msprobe (`pip install mindstudio-probe`) join them where they can be imported.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from benchmarks.faults.fault import Answer, Fault, Texts, answers, faults, sources_in
from benchmarks.faults.kept import Clean, found
from benchmarks.faults.planting import compared, plant, write
from benchmarks.faults.score import Score, score
from benchmarks.faults.stages import declare
from benchmarks.faults.table import table
from tests.loop.driving import Loop, running
from tests.workspace import REPOSITORY, at_home, copy_workspace
from workbench.model.build import Build
from workbench.model.verdict import Verdict

CLEAN = (Verdict.PASS, Verdict.LIMITED, Verdict.INCONCLUSIVE, Verdict.UNCHECKED)
"""What a row of the port as it is may be: silence has no spread to prove anything by."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--patience", type=float, default=90.0, help="seconds to wait for a cause")
    parser.add_argument("--write", action="store_true", help="write docs/faults.md")
    parser.add_argument("--workspace", type=Path, metavar="FOLDER", help="a copy that an earlier run left, for another")
    arguments = parser.parse_args()
    wanted = set(arguments.names)
    chosen = {name: fault for name, fault in faults().items() if not wanted or wanted & {name, fault.stage}}
    with tempfile.TemporaryDirectory(prefix="workbench-faults-") as folder:
        # What was copied before and did not change is not compiled again.
        place = arguments.workspace or Path(folder)
        workspace = at_home(place) if (place / "rust").exists() else copy_workspace(place)
        text = asyncio.run(run(workspace, chosen, arguments.patience, arguments.write))
    print(text)


async def run(workspace: Path, chosen: dict[str, Fault], patience: float, written: bool) -> str:
    """Return the page; kept after every fault, so that a run that is interrupted leaves what it found."""
    key, every, known, text = answers(), list(faults()), found(), ""
    sources = {workspace / path.relative_to(REPOSITORY): text for path, text in sources_in(REPOSITORY).items()}
    write(sources)
    for stage in dict.fromkeys(fault.stage for fault in chosen.values()):
        declare(workspace, stage)
        async with running(workspace) as loop:
            peers = await compared(loop, _build(loop), stage, every=True)
            known.clean[stage] = Clean.of(list(loop.board.all_rows()), peers)
            for name, fault in _of(stage, chosen):
                known.scores[name] = await _one(loop, workspace, sources, name, fault, key[name], patience)
                known.keep()
                text = table([known.scores[each] for each in every if each in known.scores], known.clean, patience)
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
    one = score(name, fault, answer, await plant(loop, workspace, sources, fault, patience))
    print(f"{name:20} {one.layer!s:6} {one.tap:36} {one.place}/{one.causes} {one.words}", flush=True)
    return one


def _of(stage: str, chosen: dict[str, Fault]) -> list[tuple[str, Fault]]:
    return [(name, fault) for name, fault in chosen.items() if fault.stage == stage]


def _build(loop: Loop) -> Build:
    rows = [row for row in loop.board.all_rows() if row.verdict not in CLEAN]
    assert loop.board.check and not rows, f"the port as it is does not pass: {rows[:1]}"
    return loop.board.check.build


if __name__ == "__main__":
    main()

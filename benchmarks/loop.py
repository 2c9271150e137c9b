"""Save → verdict through the loop, beside the same verdict by hand, at one size, in one run.

By hand is what the port's protocol describes: cargo build, copy the shared object, start a fresh Python that builds
the reference and its weights, runs both on the same inputs, prints L1 (`by_hand.py`).
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.memory import Peak
from tests.loop.driving import Loop, running
from tests.workspace import FLOW, copy_workspace
from workbench.engine.home import home_of
from workbench.model import events as ev

OLD, NEW = "EPS: f64 = 1e-6", "EPS: f64 = 1e-5"
SOURCE = "rust/cosyvoice3/src/flow/norm.rs"
WORKBENCH = str(Path(sys.executable).parent / "workbench")
GIB = 1 << 30


@dataclass(frozen=True)
class Save:
    """Seconds from one save: cargo's own, to the first wrong row, to the complete table."""

    cargo: float
    first: float
    table: float


@dataclass(frozen=True)
class Hand:
    """Seconds of one round by hand, and those of it in which the port alone loaded and ran."""

    total: float
    bare: float


@dataclass(frozen=True)
class Restart:
    """Seconds from a new process to its first verdict and its table, nothing captured anew; its peak memory."""

    first: float
    table: float
    memory: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="small")
    parser.add_argument("--saves", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="workbench-bench-") as folder:
        workspace = copy_workspace(Path(folder))
        saves = asyncio.run(through_the_loop(workspace, arguments.size, arguments.saves))
        # An even number, which leaves the port as it was: a wrong one would be searched for its cause at the restart.
        hand = [by_hand(workspace, arguments.size, number) for number in range(2 * max(arguments.saves // 4, 1))]
        again = restart(workspace, arguments.size)
        report(arguments.size, saves, hand, again, weights_of(workspace, arguments.size).stat().st_size)


async def through_the_loop(workspace: Path, size: str, count: int) -> list[Save]:
    async with running(workspace, size) as loop:
        saves = []
        # The first save of a file makes its incremental caches; mending it again is not measured.
        for _ in range(count + 1):
            saves.append(await one_save(loop, OLD, NEW))
            await one_save(loop, NEW, OLD)
        return saves[1:]


async def one_save(loop: Loop, old: str, new: str) -> Save:
    start, begun = len(loop.events), time.time()
    done, _ = await loop.save(Path(SOURCE).name, old, new)
    events = loop.events[start:]
    built = next(event for event in events if isinstance(event, ev.BuildDone))
    wrong = [event.at for event in events if isinstance(event, ev.RowReady) and event.row.verdict == "fail"]
    return Save(built.build.seconds, (wrong or [done.at])[0] - begun, done.at - begun)


def by_hand(workspace: Path, size: str, number: int) -> Hand:
    """One round after an edit like those of the loop."""
    source = workspace / SOURCE
    text = source.read_text()
    source.write_text(text.replace(*((OLD, NEW) if OLD in text else (NEW, OLD))))
    session = workspace / "sessions" / "cosyvoice3"
    copied = workspace / f"hand-{number}" / "cosyvoice3.so"
    copied.parent.mkdir()
    begun = time.time()
    build = [WORKBENCH, "cargo", "--", "build", "--quiet", "--package", "cosyvoice3"]
    subprocess.run(build, cwd=workspace, check=True)
    copied.write_bytes((home_of(session, "cosyvoice3").target / "workbench" / "libcosyvoice3.so").read_bytes())
    script = Path(__file__).with_name("by_hand.py")
    arguments = [copied, session, session / f"{size}.json", weights_of(workspace, size)]
    ran = subprocess.run([sys.executable, script, *arguments], check=True, stdout=subprocess.PIPE)
    return Hand(time.time() - begun, json.loads(ran.stdout.splitlines()[-1])["bare"])


def restart(workspace: Path, size: str) -> Restart:
    """A check in a new process, with build and captures there."""
    begun, first = time.time(), 0.0
    command = [WORKBENCH, "check", "--size", size, "--json"]
    with subprocess.Popen(command, cwd=workspace, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        with Peak(process.pid) as peak:
            for line in process.stdout:
                first = first or (time.time() - begun if b'"event":"RowReady"' in line else 0.0)
    return Restart(first, time.time() - begun, peak.bytes)


def weights_of(workspace: Path, size: str) -> Path:
    if size == "small":
        return workspace / FLOW
    home = home_of(workspace / "sessions" / "cosyvoice3", "cosyvoice3")
    return max(home.checkpoints.glob(f"cosyvoice3-{size}-flow-*.safetensors"), key=os.path.getmtime)


def report(size: str, saves: list[Save], hands: list[Hand], again: Restart, weights: int) -> None:
    cargo, first, table = (statistics.median(getattr(save, name) for save in saves) for name in Save.__annotations__)
    hand, bare = (statistics.median(getattr(each, name) for each in hands) for name in Hand.__annotations__)
    print(f"size {size}, 3 inputs, median of {len(saves)} saves and of {len(hands)} rounds by hand")
    print(f"  cargo alone                           {cargo:7.2f} s")
    print(f"  the port alone, loaded and run        {bare:7.2f} s")
    print(f"  save → first wrong row                {first:7.2f} s   {hand / first:5.1f}× sooner than by hand")
    print(f"  save → complete table, both columns   {table:7.2f} s   {hand / table:5.1f}× sooner than by hand")
    print(f"  of it beyond cargo and one bare run   {table - cargo - bare:7.2f} s")
    print(f"  by hand, one number per input         {hand:7.2f} s")
    print(f"  restart → first row, → table          {again.first:7.2f} s, {again.table:.2f} s")
    bound = 2 * weights / GIB + 1
    print(
        f"  peak memory of that check             {again.memory / GIB:7.2f} GiB (both sides' weights + 1: {bound:.2f})"
    )


if __name__ == "__main__":
    main()

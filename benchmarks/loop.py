"""Save → verdict through the loop, beside the same verdict by hand, at one size, in one run.

By hand is what the port's protocol describes: cargo build, copy the shared object, start a fresh Python that builds
the reference and its weights, run both on the same input, print L1.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.loop.driving import Loop, running
from tests.workspace import copy_workspace
from workbench.engine.home import home_of
from workbench.model import events as ev

OLD, NEW = "EPS: f64 = 1e-6", "EPS: f64 = 1e-5"

BY_HAND = """
import json, sys, time
from pathlib import Path
artifact, session, config, weights = sys.argv[1:]
sys.path.insert(0, session)
sys.path.insert(0, str(Path(artifact).parent))
import numpy, torch
from safetensors.torch import load_file
import reference
config = json.loads(Path(config).read_text())
import cosyvoice3
stage = reference.FlowDit()
with torch.inference_mode():
    module = stage.build(load_file(weights), config)
    handle = cosyvoice3.load("flow.dit", [weights], json.dumps(config))
    for name in ("arctic", "librivox", "arctic_short"):
        inputs = stage.inputs(name, config)
        wanted = stage.run(module, inputs)["velocity"].numpy()
        got = handle.run({key: value.numpy() for key, value in inputs.items()})["velocity"]
        print(name, numpy.abs(wanted - got).mean())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="small")
    parser.add_argument("--saves", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="workbench-bench-") as folder:
        workspace = copy_workspace(Path(folder))
        measured = asyncio.run(through_the_loop(workspace, arguments.size, arguments.saves))
        hand = [by_hand(workspace, arguments.size, number) for number in range(max(arguments.saves // 2, 2))]
    report(arguments.size, measured, hand)


async def through_the_loop(workspace: Path, size: str, saves: int) -> list[tuple[float, float, float]]:
    """Return, per save, the seconds to cargo's end, to the first wrong row and to the complete table."""
    async with running(workspace, size) as loop:
        measured = []
        for number in range(saves):
            old, new = (OLD, NEW) if number % 2 == 0 else (NEW, OLD)
            measured.append(await one_save(loop, old, new))
        return measured


async def one_save(loop: Loop, old: str, new: str) -> tuple[float, float, float]:
    start, begun = len(loop.events), time.time()
    done, _ = await loop.save("norm.rs", old, new)
    events = loop.events[start:]
    built = next(event for event in events if isinstance(event, ev.BuildDone))
    wrong = (event.at for event in events if isinstance(event, ev.RowReady) and event.row.verdict == "fail")
    return built.build.seconds, next(wrong, done.at) - begun, done.at - begun


def by_hand(workspace: Path, size: str, number: int) -> float:
    """Return the seconds of one round by hand, after an edit like those of the loop."""
    source = workspace / "rust/cosyvoice3/src/flow/norm.rs"
    text = source.read_text()
    source.write_text(text.replace(*((OLD, NEW) if OLD in text else (NEW, OLD))))
    session = workspace / "sessions" / "cosyvoice3"
    home = home_of(session, "cosyvoice3")
    weights = max(home.checkpoints.glob(f"cosyvoice3-{size}-*.safetensors"), key=os.path.getmtime)
    copied = workspace / f"hand-{number}" / "cosyvoice3.so"
    copied.parent.mkdir()
    begun = time.time()
    build = [Path(sys.executable).parent / "workbench", "cargo", "--", "build", "--quiet", "--package", "cosyvoice3"]
    subprocess.run(build, cwd=workspace, check=True)
    copied.write_bytes((home.target / "workbench" / "libcosyvoice3.so").read_bytes())
    run = [sys.executable, "-c", BY_HAND, str(copied), str(session), str(session / f"{size}.json"), str(weights)]
    subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
    return time.time() - begun


def report(size: str, measured: list[tuple[float, float, float]], hand: list[float]) -> None:
    cargo, first, table = (statistics.median(column) for column in zip(*measured, strict=True))
    print(f"size {size}, median of {len(measured)} saves")
    print(f"  cargo alone                        {cargo:7.2f} s")
    print(f"  save → first wrong row             {first:7.2f} s")
    print(f"  save → complete table              {table:7.2f} s   {statistics.median(hand) / table:5.1f}× sooner")
    print(f"  by hand, one number                {statistics.median(hand):7.2f} s")


if __name__ == "__main__":
    main()

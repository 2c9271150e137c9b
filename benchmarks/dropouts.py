"""Whether sound drops out, and how late a switch is, while builds and checks run beside it; prints figures.

`python -m benchmarks.dropouts [--seconds 300] [--calm]`: plays two sounds through a server that plays to nobody,
switches between them as a listener's key would, records what the server got, and holds it bit by bit against what it
should have been. Needs pulseaudio, pulseaudio-utils and libasound2-plugins.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.loop import NEW, OLD, one_save
from tests.audio.player.servers import Server
from tests.audio.player.signals import FADED, RATE, Samples, saved
from tests.loop.driving import running
from tests.workspace import copy_workspace
from workbench.audio.player.client import Player
from workbench.model.listening import Playback, PlayerFault

EVERY = (0.3, 1.5)
"""Seconds between two switches."""


@dataclass
class Heard:
    """What the player said last."""

    now: Playback | None = None
    fault: str = ""

    def __call__(self, said: Playback | PlayerFault) -> None:
        if isinstance(said, Playback):
            self.now = said
        else:
            self.fault = said.sentence


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--calm", action="store_true", help="nothing runs beside it")
    arguments = parser.parse_args()
    server = Server()
    os.environ.update({name: value for name, value in server.environment.items() if name.startswith("PULSE")})
    with tempfile.TemporaryDirectory(prefix="workbench-bench-") as folder:
        try:
            server.start()
            return asyncio.run(measured(server, Path(folder), arguments.seconds, not arguments.calm))
        finally:
            server.close()


async def measured(server: Server, folder: Path, seconds: int, busy: bool) -> int:
    sources = noise(seconds, 1), noise(seconds, 2)
    heard, stop = Heard(), asyncio.Event()
    player = Player(folder, heard, "pulse")
    beside, begun = None, asyncio.Event()
    if busy:
        beside = asyncio.create_task(saves(copy_workspace(folder / "copy"), begun, stop))
        await begun.wait()
    recording = server.record()
    await player.load(saved(folder, *sources), RATE)
    asked = await switched(player, heard, seconds)
    stop.set()
    count = await beside if beside else 0
    await player.close()
    if heard.fault or heard.now is None:
        print(heard.fault)
        return 2
    got = recording.stop()
    first, last = np.flatnonzero(got)[[0, -1]]
    return report(got[first : last + 1], sources, asked, heard.now, count)


def noise(seconds: int, seed: int) -> Samples:
    """A sound of which no two stretches are alike, and no two of these are."""
    return np.random.default_rng(seed).uniform(-0.5, 0.5, seconds * RATE).astype(np.float32)


async def switched(player: Player, heard: Heard, seconds: int) -> list[int]:
    """Play to the end; return the frames that had been handed over when a switch was asked for."""
    asked, source, draw = [], 0, random.Random(7)
    await player.play()
    while heard.now is None or heard.now.position < (seconds - 3) * RATE:
        await asyncio.sleep(draw.uniform(*EVERY))
        if heard.fault:
            return asked
        if heard.now and heard.now.position:
            source = 1 - source
            asked.append(heard.now.position)
            await player.switch(source)
    while heard.now and heard.now.playing and not heard.fault:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    return asked


async def saves(workspace: Path, begun: asyncio.Event, stop: asyncio.Event) -> int:
    """Edit, build and check, over and over, once the first check is done."""
    count = 0
    async with running(workspace, "small") as loop:
        begun.set()
        while not stop.is_set():
            await one_save(loop, *((OLD, NEW) if count % 2 == 0 else (NEW, OLD)))
            count += 1
        if count % 2:
            await one_save(loop, NEW, OLD)
    return count


def report(got: Samples, sources: tuple[Samples, Samples], asked: list[int], now: Playback, saves: int) -> int:
    switches, gaps, wrong = compared(got, sources)
    print(f"{len(sources[0]) / RATE:.0f} s with {saves} builds and checks beside it, {os.cpu_count()} cores, load "
          f"{os.getloadavg()[1]:.1f}")  # fmt: skip
    print(f"dropouts: {len(gaps)}, in ms: {[round(gap / RATE * 1000, 1) for gap in gaps]}; {now.underflows} said")
    print(f"frames that are not what was played: {wrong} of {len(got)}")
    print(f"latency of the device: {now.latency * 1000:.0f} ms")
    late = np.array(switches) - np.array(asked[: len(switches)])
    print(f"{len(late)} of {len(asked)} switches; ms between the last word on the position and the switch: "
          f"median {np.median(late) / RATE * 1000:.0f}, most {late.max() / RATE * 1000:.0f}")  # fmt: skip
    return int(wrong > 0 or len(gaps) > 0)


def compared(got: Samples, sources: tuple[Samples, Samples]) -> tuple[list[int], list[int], int]:
    """Return the frames of the sources at which they were switched, the lengths of what dropped out, and how many
    frames at the end are neither: a dropout is silence that was put in, after which all goes on where it was."""
    source, heard, at = 0, 0, 0
    switches, gaps = list[int](), list[int]()
    while heard < len(got):
        left = min(len(got) - heard, len(sources[0]) - at)
        differs = np.flatnonzero(got[heard : heard + left] != sources[source][at : at + left])
        if not len(differs):
            return switches, gaps, 0
        heard, at = heard + int(differs[0]), at + int(differs[0])
        faded = fade(sources[source], sources[1 - source], at)
        if np.array_equal(got[heard : heard + FADED], faded[: len(got) - heard]):
            switches.append(at)
            source, at, heard = 1 - source, at + FADED, heard + FADED
        elif got[heard]:
            return switches, gaps, len(got) - heard
        else:
            gaps.append(int(np.argmax(got[heard:] != 0)) or len(got) - heard)
            heard += gaps[-1]
    return switches, gaps, 0


def fade(old: Samples, new: Samples, at: int) -> Samples:
    weight = np.arange(1, FADED + 1, dtype=np.float32) / np.float32(FADED + 1)
    before, after = old[at : at + FADED], new[at : at + FADED]
    return before + (after - before) * weight[: len(before)]


if __name__ == "__main__":
    sys.exit(main())

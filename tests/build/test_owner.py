"""Two copies of a workspace that share a target folder never see each other's objects."""

import asyncio
import ctypes
import os
import time
from pathlib import Path

from workbench.build.owner import owned


def age(port, seconds: float) -> None:
    """Let every file look older than it is: cargo goes by times."""
    then = time.time() - seconds
    for path in port.root.rglob("*"):
        os.utime(path, (then, then))


async def test_an_older_copy_is_compiled_anew_in_a_shared_target(port, tmp_path):
    first, second = port, type(port)(tmp_path / "b")
    second.folders["target"] = first.target
    second.answer(7)
    age(second, 1000)
    builders = first.builder(), second.builder()
    answers = []
    for builder, port in ((builders[0], first), (builders[1], second), (builders[0], first)):
        build = await builder.build(1, port.emit)
        answers.append(ctypes.CDLL(build.artifact).answer())
    assert answers == [41, 7, 41]


async def test_one_builds_at_a_time(tmp_path):
    said: list[str] = []

    async def hold(name: str) -> None:
        async def drop() -> None:
            said.append(f"{name} drops")

        async with owned(tmp_path, Path("/root") / name, drop):
            said.append(f"{name} builds")
            await asyncio.sleep(0.2)
            said.append(f"{name} ends")

    await asyncio.gather(hold("a"), hold("b"))
    await hold("b")
    assert said in (
        ["a drops", "a builds", "a ends", "b drops", "b builds", "b ends", "b builds", "b ends"],
        ["b drops", "b builds", "b ends", "a drops", "a builds", "a ends", "b drops", "b builds", "b ends"],
    )

"""A file of a capture that is damaged is noticed before it is compared with, and made again."""

from collections.abc import Callable
from pathlib import Path

from tests.loop.driving import Loop, running
from workbench.model import commands as cmd
from workbench.model import events as ev
from workbench.model.verdict import Verdict


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def garble(path: Path) -> None:
    path.write_bytes(b"\xff" * 8 + path.read_bytes()[8:])


def remove(path: Path) -> None:
    path.unlink()


DAMAGES: list[tuple[str, Callable[[Path], None]]] = [
    ("inputs.safetensors", remove),
    ("reference.safetensors", cut),
    ("reference.safetensors", garble),
    ("noise.safetensors", empty),
    ("noise.json", garble),
    ("noise.json", remove),
    ("manifest.json", cut),
    ("injected-*.safetensors", cut),
    ("injected-*.json", empty),
]


async def recheck(loop: Loop) -> ev.CheckDone:
    start = len(loop.events)
    loop.engine.send(cmd.Recheck())
    return await loop.checked(start)


async def test_whatever_is_damaged_is_made_again(brief: Path) -> None:
    async with running(brief) as loop:
        first = await recheck(loop)
        assert first.verdict is Verdict.PASS
        *_, folder = await loop.engine.capture()
        for file, damage in DAMAGES:
            (path,) = folder.glob(file)
            damage(path)
            done = await recheck(loop)
            ended = [event.reason for event in loop.events if isinstance(event, ev.StageDone)][-3:]
            assert done.verdict is Verdict.PASS and done.counts == first.counts, (file, damage.__name__, ended)

"""What a device gets is what the model says, bit by bit: without a sound card, and through a real server."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np

from tests.audio.player.conftest import Ears
from tests.audio.player.servers import Server
from tests.audio.player.signals import RATE, Samples, chirp, heard, inside, saved, tone
from workbench.audio.player.mixer import LEAD
from workbench.audio.player.protocol import Loop, Play, Switch

BASE = "<confdir:alsa.conf>\n"
FILE = 'pcm.abfile {{ type file  slave.pcm "null"  file "{out}"  format "raw" }}\n'
LED = round(LEAD * RATE)
ATTEMPTS = 3
SCRIPT = [(0, 0), (1, 7_001), (0, 30_011), (1, 60_500), (0, 100_000), (1, 180_003)]
"""Sources, and the frames from which they are heard."""


def switches(frames: int) -> list[Switch]:
    return [Switch(source, at=LED + frame) for source, frame in SCRIPT[1:] if frame < frames]


def scripted(sources: tuple[Samples, Samples], frames: int) -> Samples:
    script = [(source, frame) for source, frame in SCRIPT if frame < frames]
    ends = [*(frame for _, frame in script[1:]), frames]
    return heard(*((sources[source], frame, end - frame) for (source, frame), end in zip(script, ends, strict=True)))


def far_apart(*parts: Samples) -> None:
    assert all(np.sqrt(np.mean(part**2)) > 0.1 for part in parts)
    assert abs(np.corrcoef(*parts)[0, 1]) < 0.1


async def test_a_file_gets_switches_bit_by_bit(
    alsa: Callable[[str], Path], ears: Callable[..., Ears], tmp_path: Path
) -> None:
    frames = 10 * RATE
    sources = chirp(frames), tone(frames)
    far_apart(*sources)
    alsa(BASE + FILE.format(out=tmp_path / "out.raw"))
    listener = ears("abfile")
    await listener.player.load(saved(tmp_path, *sources), RATE)
    await listener.player.do(*switches(frames), Play())
    await listener.ended()
    got = inside(np.fromfile(tmp_path / "out.raw", "<f4"), frames)
    np.testing.assert_array_equal(got, scripted(sources, frames))
    assert listener.faults == [] and listener.now.source == 1 and listener.now.position == frames


async def test_a_file_gets_loops_bit_by_bit(
    alsa: Callable[[str], Path], ears: Callable[..., Ears], tmp_path: Path
) -> None:
    frames = 4 * RATE
    a, b = sources = chirp(frames), tone(frames)
    alsa(BASE + FILE.format(out=tmp_path / "out.raw"))
    listener = ears("abfile")
    await listener.player.load(saved(tmp_path, *sources), RATE)
    again = LED + 1 + 12_000  # the frame in which the first round is over
    await listener.player.do(
        Loop((48_000, 60_000), at=LED + 1), Switch(1, at=again + 6_000), Loop(None, at=again + 20_000), Play()
    )
    await listener.ended()
    last = frames - 56_000  # the third round had come to frame 56 000 when there was no loop any more
    want = heard(
        (a, 0, 1), (a, 48_000, 12_000), (a, 48_000, 6_000), (b, 54_000, 6_000), (b, 48_000, 8_000 + last)
    )  # fmt: skip
    np.testing.assert_array_equal(inside(np.fromfile(tmp_path / "out.raw", "<f4"), len(want)), want)


async def test_a_server_gets_switches_bit_by_bit(server: Server, ears: Callable[..., Ears], tmp_path: Path) -> None:
    frames = 6 * RATE
    sources = chirp(frames), tone(frames)
    far_apart(*sources)

    async def keys(listener: Ears) -> None:
        await listener.player.do(*switches(frames), Play())

    want = scripted(sources, frames)
    await one_is_exact(lambda folder: recorded(server, ears("pulse"), folder, sources, keys), lambda _: want, tmp_path)


async def test_a_key_switches_where_the_sound_is(server: Server, ears: Callable[..., Ears], tmp_path: Path) -> None:
    frames = 3 * RATE
    a, b = sources = chirp(frames), tone(frames)
    asked = 0

    async def keys(listener: Ears) -> None:
        nonlocal asked
        await listener.player.play()
        await listener.reached(RATE)
        asked = listener.now.position
        await listener.player.switch(1)

    def wanted(got: Samples) -> Samples:
        switched = int(np.flatnonzero(got != a)[0])
        assert switched >= asked
        return heard((a, 0, switched), (b, switched, frames - switched))

    await one_is_exact(lambda folder: recorded(server, ears("pulse"), folder, sources, keys), wanted, tmp_path)


async def recorded(
    server: Server,
    listener: Ears,
    folder: Path,
    sources: tuple[Samples, Samples],
    keys: Callable[[Ears], Awaitable[None]],
) -> Samples:
    """Return what the server got from the first sound on, while these keys were pressed."""
    recording = server.record()
    await listener.player.load(saved(folder, *sources), RATE)
    await keys(listener)
    await listener.ended()
    return inside(recording.stop(), len(sources[0]), strict=False)


async def one_is_exact(
    attempt: Callable[[Path], Awaitable[Samples]], wanted: Callable[[Samples], Samples], folder: Path
) -> None:
    """In real time a host that is busy enough breaks an attempt; what is wrong breaks them all."""
    for number in range(ATTEMPTS):
        (place := folder / str(number)).mkdir()
        got = await attempt(place)
        if np.array_equal(got, wanted(got)):
            return
    np.testing.assert_array_equal(got, wanted(got))

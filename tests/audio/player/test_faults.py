"""Everything that can be missing or go away is one sentence, and the player can be asked again."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.audio.player.conftest import Ears
from tests.audio.player.servers import Server
from tests.audio.player.signals import RATE, chirp, heard, inside, saved, tone
from tests.audio.player.test_exact import BASE, FILE
from workbench.model.errors import WorkbenchError

CARDS = Path("/proc/asound/cards")
SILENT_HOST = not CARDS.exists() or "no soundcards" in CARDS.read_text()


def pair(folder: Path, seconds: float = 3) -> list[Path]:
    return saved(folder, chirp(round(seconds * RATE)), tone(round(seconds * RATE)))


async def fault(listener: Ears, folder: Path, rate: int = RATE) -> str:
    """Load, and return the one sentence that this ends in; the process is gone."""
    await listener.player.load(pair(folder), rate)
    await listener.until(lambda: listener.faults)
    assert len(listener.said) == 1 and listener.player.pid == 0
    (sentence,) = listener.faults
    assert "\n" not in sentence and ("press r to retry" in sentence or "--device" in sentence)
    return sentence


async def test_without_portaudio(ears: Callable[..., Ears], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import ctypes.util\n"
        "found = ctypes.util.find_library\n"
        "ctypes.util.find_library = lambda name: None if 'portaudio' in name else found(name)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert "PortAudio is missing" in await fault(ears(), tmp_path)


@pytest.mark.skipif(not SILENT_HOST, reason="this host has a sound card")
async def test_without_a_device(alsa: Callable[[str], Path], ears: Callable[..., Ears], tmp_path: Path) -> None:
    alsa(BASE)
    assert "this host has no sound device" in await fault(ears(), tmp_path)


async def test_a_device_that_is_not_there(
    alsa: Callable[[str], Path], ears: Callable[..., Ears], tmp_path: Path
) -> None:
    alsa(BASE + FILE.format(out=tmp_path / "out.raw"))
    assert "there is no sound device `nowhere`" in await fault(ears("nowhere"), tmp_path)


async def test_a_device_that_refuses_the_rate(
    alsa: Callable[[str], Path], ears: Callable[..., Ears], tmp_path: Path
) -> None:
    alsa(BASE + FILE.format(out=tmp_path / "out.raw"))
    assert "the sound device `abfile` refuses (Invalid sample rate)" in await fault(ears("abfile"), tmp_path, rate=1)


async def test_a_server_that_never_answers(
    _pulse: None, ears: Callable[..., Ears], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        monkeypatch.setenv("PULSE_SERVER", address := f"tcp:127.0.0.1:{deaf.getsockname()[1]}")
        assert f"({address}) did not answer in 3 s" in await fault(ears(), tmp_path)


async def test_a_library_that_aborts(
    portaudio: None, alsa: Callable[[str], Path], ears: Callable[..., Ears], tmp_path: Path
) -> None:
    alsa("pcm.one { type null }\npcm.two { type null }\n")  # without its base file PortAudio's assertion fails
    assert "the player ended (SIGABRT; its words are in" in await fault(ears(), tmp_path)


async def test_a_server_that_goes_away_and_comes_back(
    server: Server, ears: Callable[..., Ears], tmp_path: Path
) -> None:
    frames = 3 * RATE
    listener = ears("pulse")
    await listener.player.load(pair(tmp_path), RATE)
    await listener.player.switch(1)
    await listener.player.play()
    await listener.reached(RATE)
    server.kill()
    await listener.until(lambda: listener.faults)
    assert "went away: press r to retry" in listener.faults[0] and listener.player.pid == 0
    await listener.player.play()
    assert len(listener.faults) == 2, "a key says again why there is no sound"
    server.start()
    recording = server.record()
    await listener.player.retry()
    await listener.until(lambda: not listener.now.playing and listener.now.position >= RATE)
    left = listener.now.position
    await listener.player.play()
    await listener.until(lambda: listener.now.position == frames)
    got = inside(recording.stop(), 1000, strict=False)
    want = heard((tone(0), 0, 1), (tone(frames), left, 1000))[1:]
    assert (got == want).all() and abs(got).max() > 0.2


async def test_a_server_that_goes_away_in_a_pause(server: Server, ears: Callable[..., Ears], tmp_path: Path) -> None:
    listener = ears("pulse")
    await listener.player.load(pair(tmp_path), RATE)
    await listener.until(lambda: listener.said)
    server.kill()
    await listener.player.play()
    await listener.until(lambda: listener.faults)
    assert "press r to retry" in listener.faults[0]


async def test_a_server_that_freezes(server: Server, ears: Callable[..., Ears], tmp_path: Path) -> None:
    listener = ears("pulse")
    await listener.player.load(pair(tmp_path, 30), RATE)
    await listener.player.play()
    await listener.reached(RATE)
    server.kill(signal.SIGSTOP)
    await listener.until(lambda: listener.faults)
    assert "did not answer in 3 s" in listener.faults[0] and listener.player.pid == 0


async def test_a_player_that_is_killed(server: Server, ears: Callable[..., Ears], tmp_path: Path) -> None:
    listener = ears("pulse")
    await listener.player.load(pair(tmp_path), RATE)
    os.kill(listener.player.pid, signal.SIGKILL)
    await listener.until(lambda: listener.faults)
    assert "the player ended (SIGKILL" in listener.faults[0]
    await listener.player.retry()
    await listener.player.play()
    await listener.ended()
    assert len(listener.faults) == 1


async def test_a_loop_that_is_a_tone_is_refused(server: Server, ears: Callable[..., Ears], tmp_path: Path) -> None:
    listener = ears("pulse")
    await listener.player.load(pair(tmp_path), RATE)
    with pytest.raises(WorkbenchError, match=r"0\.5 s"):
        await listener.player.loop((100, 100 + RATE // 2 - 1))


def test_the_player_dies_with_its_parent(_pulse: None, tmp_path: Path) -> None:
    """Even while its library hangs."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        script = textwrap.dedent(f"""
            import asyncio, pathlib
            from workbench.audio.player.client import Player
            asyncio.run(Player(pathlib.Path({str(tmp_path)!r}), print).load([], 24000))
        """)
        environment = {**os.environ, "PULSE_SERVER": f"tcp:127.0.0.1:{deaf.getsockname()[1]}"}
        parent = subprocess.Popen([sys.executable, "-c", script], env=environment)
        deaf.accept()
        children = psutil.Process(parent.pid).children()
        parent.kill()
        parent.wait()
        assert len(children) == 1
        psutil.wait_procs(children, timeout=10)
        assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


async def test_closing_leaves_nothing(server: Server, ears: Callable[..., Ears], tmp_path: Path) -> None:
    listener = ears("pulse")
    await listener.player.load(pair(tmp_path), RATE)
    process = psutil.Process(listener.player.pid)
    await listener.player.play()
    await asyncio.wait_for(listener.player.close(), 5)
    end = time.monotonic() + 5
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end
    await listener.player.close()

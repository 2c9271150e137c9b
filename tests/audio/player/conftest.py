"""Sound devices without a sound card: ALSA's file plugin, and a PulseAudio server that plays to nobody."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from ctypes.util import find_library
from pathlib import Path

import pytest
import pytest_asyncio

from tests.audio.installing import install, needs
from tests.audio.player.servers import Server
from workbench.audio.player.client import Player
from workbench.model.listening import Playback, PlayerFault

PATIENCE = 60.0


class Ears:
    """A player, and all that it says."""

    def __init__(self, folder: Path, device: str | None) -> None:
        self.player = Player(folder, self._said, device)
        self.said: list[Playback | PlayerFault] = []
        self._more = asyncio.Event()

    @property
    def faults(self) -> list[str]:
        return [said.sentence for said in self.said if isinstance(said, PlayerFault)]

    @property
    def now(self) -> Playback:
        return self.playbacks[-1]

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not true():
                self._more.clear()
                await self._more.wait()

    async def reached(self, frame: int) -> None:
        await self.until(lambda: self.playbacks and self.now.position >= frame)

    async def ended(self) -> None:
        """Wait until what played has come to its end, or was paused."""
        await self.until(lambda: self.playbacks and not self.now.playing and self.now.position)

    @property
    def playbacks(self) -> list[Playback]:
        return [said for said in self.said if isinstance(said, Playback)]

    def _said(self, said: Playback | PlayerFault) -> None:
        self.said.append(said)
        self._more.set()


@pytest.fixture(scope="session")
def portaudio() -> None:
    if find_library("portaudio") is None:
        install(("libportaudio2",))
    if find_library("portaudio") is None:
        pytest.skip("PortAudio is missing: apt-get install libportaudio2")


@pytest.fixture(scope="session")
def _pulse(portaudio: None) -> None:
    needs("pulseaudio", "pulseaudio-utils", "libasound2-plugins", has="pulseaudio")
    needs("pulseaudio-utils", has="parec")


@pytest.fixture
def server(_pulse: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A running server that everything below talks to."""
    server = Server()
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    server.start()
    yield server
    server.close()


@pytest.fixture
def alsa(portaudio: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Replaces ALSA's configuration, and takes PulseAudio away."""

    def write(text: str) -> Path:
        (path := tmp_path / "asound.conf").write_text(text)
        monkeypatch.setenv("ALSA_CONFIG_PATH", str(path))
        monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent")
        return path

    return write


@pytest_asyncio.fixture
async def ears(tmp_path: Path) -> AsyncIterator[Callable[..., Ears]]:
    made: list[Ears] = []

    def make(device: str | None = None) -> Ears:
        made.append(Ears(tmp_path, device))
        return made[-1]

    yield make
    for each in made:
        await each.player.close()

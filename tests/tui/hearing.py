"""Two sounds for the audio screen, made up, and a player without a device: the real pair, numbers and pictures."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
from event_logs import Clock, build, built, row

from workbench.audio.gates import numbers
from workbench.compare.floor import Noise
from workbench.engine.audition import Audition
from workbench.engine.hearing import Wish
from workbench.engine.listening import Said
from workbench.engine.sound_rows import sound_rows
from workbench.model import events as ev
from workbench.model.listening import Pair, Playback, PlayerFault, Signal
from workbench.model.row import Row
from workbench.model.session import Factor
from workbench.model.verdict import Verdict

RATE = 24_000
STAGE = ev.StageInfo("audio", ("arctic",), (), ("audio",))


def speech(seconds: float = 4.0) -> np.ndarray:
    """Words of gliding harmonics and of hiss, with pauses between them; peak 0.6."""
    random, time = np.random.default_rng(1), np.arange(round(seconds * RATE)) / RATE
    pitch = 115 + 35 * np.sin(2 * np.pi * 0.45 * time) + 12 * np.sin(2 * np.pi * 2.3 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    formants = 700 + 400 * np.sin(2 * np.pi * 1.7 * time)
    voice = sum(
        np.sin(k * phase) * np.exp(-(((k * pitch - formants) / 900) ** 2)) + np.sin(k * phase) / (4 * k)
        for k in range(1, 40)
    )
    hiss = np.diff(random.standard_normal(len(time) + 1))
    words = np.clip(1.6 * np.sin(2 * np.pi * 1.15 * time - 0.4) + 0.5, 0, 1) ** 1.5
    hissing = np.clip(np.sin(2 * np.pi * 1.15 * time + 2.2) * 3 - 1.9, 0, 1)
    sound = voice * words + 0.6 * hiss * hissing
    return (0.6 * sound / np.max(np.abs(sound))).astype(np.float32)


def faulty(sound: np.ndarray) -> np.ndarray:
    """One sample late, a little quieter, 10 ms missing."""
    late = np.roll(sound, 1) * np.float32(0.97)
    late[62_000:62_240] = 0
    return late


class Player:
    """Does what the real one says that it does, at once, and remembers what it was asked."""

    def __init__(self, said: Said) -> None:
        self.said, self.asked = said, list[tuple[object, ...]]()
        self.now = Playback(0, False, 0, None, 0, 0.1)
        self.fault: PlayerFault | None = None

    def say(self, **changed: object) -> None:
        fields = {name: getattr(self.now, name) for name in self.now.__struct_fields__} | changed
        self.now = Playback(**fields)  # type: ignore[arg-type]
        self.said(self.fault or self.now)

    async def load(self, sources: Sequence[Path], rate: int) -> None:
        self.asked.append(("load", rate, *(len(np.load(source)) for source in sources)))
        self.say()

    async def play(self) -> None:
        self.say(playing=True)

    async def pause(self) -> None:
        self.say(playing=False)

    async def seek(self, frame: int) -> None:
        self.say(position=frame)

    async def switch(self, source: int) -> None:
        self.asked.append(("switch", source))
        self.say(source=source)

    async def loop(self, region: tuple[int, int] | None) -> None:
        self.say(loop=region)

    async def retry(self) -> None:
        self.fault = None
        self.say()

    async def close(self) -> None:
        self.asked.append(("close",))


class Ears:
    """Makes auditions, as an engine does; `players` are those that were made."""

    def __init__(self, folder: Path, a: np.ndarray, b: np.ndarray, injected: bool = True) -> None:
        self.folder, self.sounds, self.injected = folder, (a, b), injected
        self.players: list[Player] = []
        self.wishes: list[Wish] = []
        folder.mkdir(parents=True, exist_ok=True)

    async def __call__(self, wish: Wish, said: Said) -> Audition:
        self.wishes.append(wish)
        names = f"build {wish.first}" if wish.first else "reference", f"build {build(37, 0.0).label}"
        signals = []
        for letter, name, samples in zip("ab", names, self.sounds, strict=True):
            np.save(path := self.folder / f"{letter}.npy", samples)
            signals.append(Signal(name, path, RATE))
        pair = Pair(signals[0], signals[1], self.injected, "audio on arctic")
        audition = await Audition.of_pair(pair, wish, self.folder, said, (build(36, 0.0),), lambda: None)
        self.players.append(Player(said))
        audition.listening.player = self.players[-1]  # type: ignore[assignment]
        return audition


def heard(clock: Clock | None = None) -> list[ev.Event]:
    """Return the events of a check of a vocoder that is one sample late."""
    clock = clock or Clock()
    tap = ("audio", "output", (1, 96_000), "cosyvoice3/src/hift/vocoder.rs", 71)
    made = row(Random(3), 4, tap, "audio", "arctic")
    events: list[ev.Event] = [
        ev.SessionOpened(at=clock.after(0.1), name="cosyvoice3", size="small", root="/home/porter", stages=(STAGE,)),
        *built(clock, 1, 37),
        ev.CheckStarted(generation=1, at=clock.after(0), build=build(37, clock.at), stages=("audio",)),
        ev.StageStarted(generation=1, at=clock.after(0), stage="audio", input="arctic", rows=2),
        ev.RowReady(generation=1, at=clock.after(0), row=made),
    ]
    events += [ev.RowReady(generation=1, at=clock.after(0), row=each) for each in _numbers(made)]
    return [
        *events,
        ev.StageDone(generation=1, at=clock.after(0), stage="audio", input="arctic", verdict=Verdict.PASS, seconds=0.1),
        ev.StateChanged(generation=1, at=clock.after(0), state="idle"),
    ]


def _numbers(tap: Row) -> list[Row]:
    sound = speech().astype(np.float64)
    noise = Noise(float(np.sqrt(np.mean(sound**2))), 0.6, 1e-7, 5e-7)
    return list(sound_rows(tap, numbers(sound, faulty(speech()).astype(np.float64), RATE), noise, Factor()))

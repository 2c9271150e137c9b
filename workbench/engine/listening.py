"""A pair that is listened to: its player, its page, what is applied to it, and what is left of it on disk."""

import asyncio
import os
import socket
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from workbench.audio.abx import Abx
from workbench.audio.abx_log import Conditions, Record
from workbench.audio.page.contents import About, contents
from workbench.audio.page.server import Page
from workbench.audio.page.trials import Trials
from workbench.audio.player.client import Player
from workbench.audio.treated import Treated, Treatment, treated
from workbench.engine.sound import write_wav
from workbench.model.errors import WorkbenchError
from workbench.model.listening import Pair, Playback, PlayerFault

NAMES = ("A", "B", "A−B")
Said = Callable[[Playback | PlayerFault], None]


class Listening:
    """Owns the player of one pair; `player` plays A as source 0, B as 1, their boosted difference as 2."""

    def __init__(self, pair: Pair, folder: Path, said: Said, device: str | None = None) -> None:
        """`folder` gets the logs of ABX runs and of the player; `said` hears of playback in the event loop.

        Raises WorkbenchError for signals of two rates, OSError for those that cannot be read.
        """
        if pair.a.rate != pair.b.rate:
            raise WorkbenchError(f"A has {pair.a.rate} Hz and B {pair.b.rate} Hz: both need one rate to be compared")
        self.pair, self.rate = pair, pair.a.rate
        self._folder = folder
        # Goes with the process even where nobody closes.
        self._scratch = tempfile.TemporaryDirectory(prefix="workbench-listening-", ignore_cleanup_errors=True)
        self._signals = (np.load(pair.a.samples), np.load(pair.b.samples))
        self._device = device or os.environ.get("WORKBENCH_SOUND_DEVICE") or None
        self._said = said
        self._now: Playback | None = None
        self._page: Page | None = None
        self._loads = 0
        self.player = Player(folder, self._hear, self._device)
        self.treatment = Treatment()
        self.heard = self._treated()

    @property
    def applied(self) -> tuple[str, ...]:
        """What was done to the signals, and how much louder the difference is, in words."""
        return (*self.heard.said, f"A−B boosted by {self.heard.boost:.0f} dB")

    @property
    def frames(self) -> int:
        """The length of what is heard."""
        return len(self.heard.sources[0])

    async def open(self) -> None:
        """Start the player, or say why there is none."""
        await self._load()

    async def treat(self, treatment: Treatment) -> None:
        """Hear the pair otherwise, at the same position."""
        self.treatment = treatment
        self.heard = await asyncio.to_thread(self._treated)
        await self._load()

    def page(self) -> str:
        """Serve the pair as it is heard now, and return the page's address. Raises OSError."""
        if self._page is not None:
            self._page.close()
        a, b = self.pair.a, self.pair.b
        boosted = f"boosted by {self.heard.boost:.0f} dB"
        about = About(
            self.pair.title, (a.name, b.name, "difference"), (a.note, b.note, boosted), self.rate,
            self.frames / self.rate, self.pair.injected, self.heard.said,
        )  # fmt: skip
        self._page = Page(contents(about, self.heard.sources), Trials(self._begun))
        return self._page.address

    @property
    def forward(self) -> str:
        """The command that makes the page reachable from another host; empty while there is no page."""
        if self._page is None:
            return ""
        return f"ssh -L {self._page.port}:127.0.0.1:{self._page.port} {socket.gethostname()}"

    def record(self) -> Record:
        """Return where an ABX run that begins now is logged."""
        begun = datetime.now(UTC)
        path = self._folder / "abx" / f"{begun:%Y%m%dT%H%M%S.%fZ}.json"
        return Record(path, self.pair, begun.isoformat(timespec="seconds"))

    def conditions(self) -> Conditions:
        """Return what holds while it is listened to through the player."""
        now = self._now
        device = self._device or "default"
        if now is None:
            return Conditions(self.applied, device=device)
        return Conditions(self.applied, now.loop, device, now.latency, now.underflows)

    def export(self, folder: Path) -> tuple[Path, ...]:
        """Write the pair as it came, and what is heard as the difference, as wav; return the files. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        sounds = zip(("a.wav", "b.wav", "difference.wav"), (*self._signals, self.heard.sources[2]), strict=True)
        for name, samples in (written := dict(sounds)).items():
            write_wav(folder / name, samples, self.rate)
        return tuple(folder / name for name in written)

    async def close(self) -> None:
        """End player and page."""
        await self.player.close()
        self.end()

    def end(self) -> None:
        """End what there is besides the player; where that was never opened, it is all."""
        if self._page is not None:
            self._page.close()
            self._page = None
        self._scratch.cleanup()

    def _treated(self) -> Treated:
        return treated(*self._signals, self.rate, self.treatment)

    async def _load(self) -> None:
        """Hand the player new files: the ones before may still be read."""
        self._loads += 1
        paths = [Path(self._scratch.name, f"{name}-{self._loads}.npy") for name in "abd"]
        for path, samples in zip(paths, self.heard.sources, strict=True):
            np.save(path, samples)
        await self.player.load(paths, self.rate)

    def _hear(self, said: Playback | PlayerFault) -> None:
        self._now = said if isinstance(said, Playback) else self._now
        self._said(said)

    def _begun(self) -> tuple[Abx, Callable[[Abx], None]]:
        """Return a run in the browser, and what writes its log."""
        record, conditions = self.record(), Conditions(self.applied, device="browser")
        return Abx(), lambda run: record.write(run, conditions)

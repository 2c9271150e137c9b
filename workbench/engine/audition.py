"""Two sounds that are heard and seen: what plays them, their numbers, and what a screen draws of them."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np

from workbench.audio import pictures
from workbench.audio.abx import Abx
from workbench.audio.gates import numbers
from workbench.audio.shown import shown
from workbench.audio.spectra import Floats
from workbench.audio.windows import worst
from workbench.engine.hearing import REFERENCE, Hearing, Wish
from workbench.engine.listening import Listening, Said
from workbench.model.build import Build
from workbench.model.listening import Pair
from workbench.model.sound import Numbers, Shown

Envelope = tuple[Floats, Floats]
Maps = tuple[pictures.Bytes, pictures.Bytes, pictures.Bytes]


class Audition:
    """A pair with its player; `numbers` are of the signals as they came, whatever is done to what is heard.

    Beside the reference A may be one of `firsts`, the pinned and the newest first. `pin` keeps B's build for ever.
    """

    def __init__(
        self, listening: Listening, wish: Wish, folder: Path, firsts: tuple[Build, ...], pin: Callable[[], None]
    ) -> None:
        self.listening, self.wish, self.folder, self.firsts, self.pin = listening, wish, folder, firsts, pin
        self._treating = asyncio.Lock()
        pair = listening.pair
        a, b = (np.load(each.samples).astype(np.float64) for each in (pair.a, pair.b))
        self.numbers: Numbers = numbers(a, b, listening.rate)
        self.shown: Shown | None = shown(a, b, listening.rate) if len(a) == len(b) else None

    @classmethod
    async def of(cls, hearing: Hearing, wish: Wish, newest: Build, said: Said) -> "Audition":
        """Make the pair that is wished for; raises WorkbenchError."""
        pair = await hearing.pair(wish, newest)
        firsts = await asyncio.to_thread(hearing.others, newest)
        return await cls.of_pair(pair, wish, hearing.folder, said, firsts, lambda: hearing.store.pin(newest))

    @classmethod
    async def of_pair(
        cls, pair: Pair, wish: Wish, folder: Path, said: Said, firsts: tuple[Build, ...], pin: Callable[[], None]
    ) -> "Audition":
        """Take a pair that is there already; raises WorkbenchError."""
        listening = await asyncio.to_thread(Listening, pair, folder, said)
        return await asyncio.to_thread(cls, listening, wish, folder, firsts, pin)

    def scale(self, source: int) -> float:
        """Return the size that a sound is drawn by: A and B by the larger peak of both, A−B by its own."""
        shared = self.listening.heard.sources[2:] if source == 2 else self.listening.heard.sources[:2]
        return max(float(np.max(np.abs(each), initial=0.0)) for each in shared)

    @property
    def worst_at(self) -> int:
        """First frame of the 20 ms in which what is heard of A and B differs most."""
        a, b = (each.astype(np.float64) for each in self.listening.heard.sources[:2])
        return worst(a - b, self.listening.rate)[0]

    def envelope(self, source: int, columns: int) -> Envelope:
        """Return the smallest and the largest sample of each of `columns` pieces of A (0), B (1) or A−B (2)."""
        return pictures.envelope(self.listening.heard.sources[source], columns)

    def maps(self, columns: int, bands: int) -> Maps:
        """Return shades [bands, columns] of A, B and of how far their levels are apart; takes a while."""
        sources = [each.astype(np.float64) for each in self.listening.heard.sources[:2]]
        a, b = (pictures.decibel_map(each, self.listening.rate, columns, bands) for each in sources)
        top = float(max(a.max(), b.max()))
        return pictures.shades(a, top), pictures.shades(b, top), pictures.difference_shades(a, b, top)

    async def toggle(self, name: str) -> None:
        """Turn `level` or `align` on, or off again."""
        async with self._treating:
            now = self.listening.treatment
            await self.listening.treat(now._replace(**{name: not getattr(now, name)}))

    def abx(self) -> Abx:
        """Return a run that begins now."""
        return Abx()

    def export(self) -> tuple[Path, ...]:
        """Write both, and their difference, as wav beside each other; return the files. Raises OSError."""
        words = (self.wish.stage, self.wish.input, self.wish.output, self.wish.first[:8] or "reference")
        return self.listening.export(self.folder / "wav" / "-".join(words).replace("/", "_"))

    def next_first(self) -> str:
        """Return what A is next: the reference, then each kept build."""
        order = [REFERENCE, *(build.id for build in self.firsts)]
        return order[(order.index(self.wish.first) + 1) % len(order)] if self.wish.first in order else REFERENCE

    def before(self) -> str:
        """Return the pinned build, else the one before, to hear what edits did; the reference where A is a build."""
        return REFERENCE if self.wish.first or not self.firsts else self.firsts[0].id

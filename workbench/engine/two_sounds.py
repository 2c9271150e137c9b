"""Two sound files without a session: a pair to listen to, and a verdict on it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from workbench.audio.files import FileSound, read, resampled
from workbench.audio.gates import numbers
from workbench.compare.floor import Noise
from workbench.compare.sounds import Facet, facets
from workbench.model.listening import Pair, Signal
from workbench.model.session import Factor

STEP = 2.0**-15
"""Of 16 bits. Rounding to them is off by STEP / √12 (rms) and half a step at most: the noise of a sound in a file."""


class TwoSounds:
    """The files as they are, and as a pair at the higher of their rates."""

    def __init__(self, a: Path, b: Path, scratch: Path) -> None:
        """Read both; `scratch` gets the samples of the pair. Raises WorkbenchError for what is no sound."""
        self.a, self.b = read(a), read(b)
        rate = max(self.a.rate, self.b.rate)
        first, second = (
            _signal(path, sound, rate, scratch / f"{name}.npy")
            for name, path, sound in (("a", a, self.a), ("b", b, self.b))
        )
        self.pair = Pair(first, second, title=f"{b.name} against {a.name}")

    def facets(self) -> Iterator[Facet]:
        """Yield what is to be said of B beside A: its form, then its numbers, held against 16-bit rounding."""
        yield _same("rate", self.a.rate, self.b.rate, "Hz")
        yield _same("channels", self.a.channels, self.b.channels, "")
        a, b = (np.load(signal.samples) for signal in (self.pair.a, self.pair.b))
        found = numbers(a, b, self.pair.a.rate)
        noise = Noise(found.reference.rms, found.reference.peak, STEP / 12**0.5, STEP / 2)
        yield from facets(found, noise, "f32", Factor())


def _signal(path: Path, sound: FileSound, rate: int, samples: Path) -> Signal:
    at_rate = resampled(sound, rate)
    np.save(samples, at_rate.samples)
    return Signal(path.name, samples, rate, at_rate.note)


def _same(name: str, a: int, b: int, unit: str) -> Facet:
    return Facet(name, f"{b} {unit}".rstrip(), "" if a == b else f"A has {a} {unit}".rstrip())

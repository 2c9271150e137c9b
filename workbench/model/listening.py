"""What can be heard, and what the player says of it."""

from pathlib import Path

from msgspec import Struct


class Signal(Struct, frozen=True):
    """One thing to hear."""

    name: str
    """`reference`, `build 3f2a…`, a file's name."""
    samples: Path
    """.npy, float32 `[frames]`, mono at `rate`."""
    rate: int
    """Hz."""
    note: str = ""
    """What was done to it: `resampled from 44100 Hz`, `Griffin-Lim`."""


class Pair(Struct, frozen=True):
    """Two signals of one rate; where their lengths differ the shorter is padded with silence, and that is said."""

    a: Signal
    b: Signal
    injected: bool = True
    """False: noise that the model draws was not handed over, so that a null means nothing."""
    title: str = ""


class Playback(Struct, frozen=True):
    """What the player says while it lives, about 20 times a second when playing."""

    position: int
    """Frame that is handed to the device next."""
    playing: bool
    source: int
    """Index into the sources that were loaded."""
    loop: tuple[int, int] | None
    """First frame and the frame after the last one; None: from the start to the end, once."""
    underflows: int
    """Since the sources were loaded."""
    latency: float
    """Seconds between a frame that is handed over and the ear, as the device says."""


class PlayerFault(Struct, frozen=True):
    """Nothing can be heard, and why."""

    sentence: str
    """What happened, what to press."""

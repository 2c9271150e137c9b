"""Two sounds that nobody takes for one another, and what a device has to get of them."""

from pathlib import Path

import numpy as np

from workbench.audio.player.mixer import FADE, Samples

RATE = 24_000
FADED = round(FADE * RATE)


def chirp(frames: int) -> Samples:
    """A sweep with syllables, off zero from its first frame on: no two stretches of it are alike."""
    t = np.arange(frames) / RATE
    return (0.6 * np.sin(2 * np.pi * (200 + 300 * t) * t + 0.5) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * t))).astype(
        np.float32
    )


def tone(frames: int) -> Samples:
    """440 Hz, off zero from its first frame on."""
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(frames) / RATE + 0.5)).astype(np.float32)


def saved(folder: Path, *sources: Samples) -> list[Path]:
    paths = [folder / f"{number}.npy" for number in range(len(sources))]
    for path, samples in zip(paths, sources, strict=True):
        np.save(path, samples)
    return paths


def heard(*stretches: tuple[Samples, int, int]) -> Samples:
    """Return stretches (source, first frame, frames), each faded into from what the one before goes on to."""
    parts: list[Samples] = []
    before: Samples | None = None
    for source, first, frames in stretches:
        padded = np.concatenate([source, np.zeros(first + frames + FADED, np.float32)])
        part = padded[first : first + frames].copy()
        if before is not None:
            weight = np.arange(1, FADED + 1, dtype=np.float32) / np.float32(FADED + 1)
            part[:FADED] = before + (part[:FADED] - before) * weight
        before = padded[first + frames : first + frames + FADED]
        parts.append(part)
    return np.concatenate(parts)


def inside(recorded: Samples, frames: int, strict: bool = True) -> Samples:
    """Return the `frames` from the first sound on; all around it has to be silence."""
    begin = int(np.flatnonzero(recorded)[0])
    assert not strict or not recorded[begin + frames :].any(), "sound after the sound"
    return recorded[begin : begin + frames]

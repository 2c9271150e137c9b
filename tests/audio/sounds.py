"""Sounds for tests: two that nobody mixes up, and what can happen to one."""

import numpy as np

RATE = 24_000


def speech(seconds: float = 2.0, seed: int = 1) -> np.ndarray:
    """A voice-like sound, float64: gliding harmonics under a syllable's envelope, a little noise; peak 0.5."""
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(120 + 40 * np.sin(2 * np.pi * 0.7 * time)) / RATE
    voice = sum(np.sin(k * phase + k) / k for k in range(1, 24))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 3.1 * time)
    sound = voice * syllables + 0.05 * random.standard_normal(len(time))
    assert np.any(sound)
    return 0.5 * sound / np.max(np.abs(sound))


def low_passed(sound: np.ndarray, hertz: float) -> np.ndarray:
    spectrum = np.fft.rfft(sound)
    spectrum[np.fft.rfftfreq(len(sound), 1 / RATE) > hertz] = 0
    return np.fft.irfft(spectrum, len(sound))


def other_phase(sound: np.ndarray, seed: int = 2) -> np.ndarray:
    """The same short-time magnitudes with random phases."""
    size, hop = 1024, 256
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    random, out = np.random.default_rng(seed), np.zeros(len(sound) + size)
    padded = np.pad(sound, (0, size))
    for start in range(0, len(sound), hop):
        spectrum = np.fft.rfft(padded[start : start + size] * window)
        turned = np.abs(spectrum) * np.exp(2j * np.pi * random.random(len(spectrum)))
        out[start : start + size] += np.fft.irfft(turned, size) * window / 1.5
    return out[: len(sound)]

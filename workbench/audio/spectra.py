"""Short-time spectra, and the mel scale, in numpy alone."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def magnitudes(samples: Floats, size: int, hop: int) -> Floats:
    """Return |STFT| [frames, size // 2 + 1] of samples, Hann window of `size`, zeros on both sides; at least one frame.

    A sinus of amplitude 1 comes out as size / 4 where its frequency is that of a bin.
    """
    return np.abs(np.fft.rfft(_framed(samples, size, hop) * _hann(size), axis=1))


def _framed(samples: Floats, size: int, hop: int) -> Floats:
    padded = np.pad(samples, (size // 2, size - size // 2))
    return np.lib.stride_tricks.sliding_window_view(padded, size)[: max(len(samples), 1) : hop]


@lru_cache
def _hann(size: int) -> Floats:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)


@lru_cache
def mel_filters(rate: int, size: int, bands: int, low: float = 0.0, high: float = 0.0) -> Floats:
    """Return triangles [bands, size // 2 + 1] of area 2 / width, on Slaney's scale; `high` 0 is half of `rate`.

    Slaney's Auditory Toolbox, 1998: linear up to 1 kHz, then 27 bands for each factor of 6.4.
    """
    edges = _to_hertz(np.linspace(_to_mel(low), _to_mel(high or rate / 2), bands + 2))
    bins = np.arange(size // 2 + 1) * rate / size
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    return np.maximum(np.minimum(rising, falling), 0.0) * (2 / (edges[2:] - edges[:-2]))[:, None]


def _to_mel(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + 27 * float(np.log(hertz / 1000) / np.log(6.4))


def _to_hertz(mel: Floats) -> Floats:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))

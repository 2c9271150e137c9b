"""Spectral distances: they describe what is heard, and gate nothing."""

import numpy as np

from workbench.audio.spectra import Floats, magnitudes, mel_filters
from workbench.model.sound import Shown

BANDS = 80
MEL_FLOOR = 1e-5
"""Below this a band is silent: −100 dB."""
POWER_FLOOR = 1e-10
WINDOWS = (512, 1024, 2048)


def shown(reference: Floats, other: Floats, rate: int) -> Shown:
    """Return spectral distances of two sounds [frames] of equal length at `rate` Hz.

    Magnitudes are of full scale: those of a window of 1024 over its sum. Each is 0 for equal sounds, and blind to a
    polarity and to most of a phase.
    """
    a, b = (magnitudes(each, 1024, 256) / 512 for each in (reference, other))
    return Shown(
        _mel(a, b, rate), _log_spectral(a, b), float(np.mean([_spectral(reference, other, n) for n in WINDOWS]))
    )


def _mel(a: Floats, b: Floats, rate: int) -> float:
    filters = mel_filters(rate, 1024, BANDS).T
    logs = [np.log(np.maximum(each @ filters, MEL_FLOOR)) for each in (a, b)]
    return float(np.mean(np.abs(logs[0] - logs[1])))


def _log_spectral(a: Floats, b: Floats) -> float:
    """Gray & Markel, 1976: the rms over a frame's bins of the ratio of powers in dB, here the mean over frames."""
    ratio = 10 * np.log10(np.maximum(a * a, POWER_FLOOR) / np.maximum(b * b, POWER_FLOOR))
    return float(np.mean(np.sqrt(np.mean(ratio * ratio, axis=1))))


def _spectral(reference: Floats, other: Floats, size: int) -> float:
    """Yamamoto et al., Parallel WaveGAN, 2020, eq. 4 and 5: spectral convergence plus log magnitude distance."""
    a, b = (magnitudes(each, size, size // 4) / (size / 2) for each in (reference, other))
    norm = float(np.linalg.norm(a))
    convergence = float(np.linalg.norm(a - b)) / norm if norm else 0.0
    floor = np.sqrt(POWER_FLOOR)
    return convergence + float(np.mean(np.abs(np.log(np.maximum(a, floor)) - np.log(np.maximum(b, floor)))))

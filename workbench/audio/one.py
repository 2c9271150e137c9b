"""One sound by itself."""

import numpy as np
from numpy.typing import NDArray

from workbench.model.sound import Sound

Samples = NDArray[np.float64]
CLIPPED = 0.999
"""From here on a sample counts as clipped; full scale is 1."""


def sound(samples: NDArray[np.floating]) -> Sound:
    """Return the facts of samples [frames]; float64 arithmetic, samples that are not finite are only counted."""
    finite = samples[np.isfinite(samples)].astype(np.float64)
    size = np.abs(finite)
    return Sound(
        frames=len(samples),
        peak=float(np.max(size, initial=0.0)),
        rms=rms(finite),
        dc=float(np.mean(finite)) if len(finite) else 0.0,
        clipped=int(np.count_nonzero(size >= CLIPPED)),
        nonfinite=len(samples) - len(finite),
    )


def rms(samples: NDArray[np.floating]) -> float:
    """Return the root of the mean square; 0 of nothing."""
    wide = samples.astype(np.float64)
    return float(np.sqrt(np.mean(wide * wide))) if len(wide) else 0.0


def mono(tensor: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the samples [frames] of a tensor whose last axis is time; raises ValueError where it has channels."""
    if tensor.ndim == 0 or int(np.prod(tensor.shape[:-1])) != 1:
        raise ValueError(f"a sound of the shape {list(tensor.shape)} is not mono")
    return tensor.reshape(-1)

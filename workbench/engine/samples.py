"""Samples as files that the player and the page read."""

from hashlib import blake2b
from pathlib import Path

import numpy as np


def save(samples: np.ndarray, folder: Path) -> Path:
    """Write samples [frames] as float32 .npy under the hash of their content, whole or not at all; raises OSError."""
    data = np.ascontiguousarray(samples, dtype=np.float32)
    path = folder / f"{blake2b(data.tobytes(), digest_size=12).hexdigest()}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        with draft.open("wb") as file:
            np.save(file, data)
        draft.replace(path)
    return path

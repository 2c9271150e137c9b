"""Samples as files that the player and the page read."""

from hashlib import blake2b
from pathlib import Path

import numpy as np

KEPT = 64
"""Sounds that stay: the ones that are listened to are among the newest."""


def save(samples: np.ndarray, folder: Path) -> Path:
    """Write samples [frames] as float32 .npy under the hash of their content, whole or not at all; raises OSError.

    The newest KEPT stay.
    """
    data = np.ascontiguousarray(samples, dtype=np.float32)
    path = folder / f"{blake2b(data.tobytes(), digest_size=12).hexdigest()}.npy"
    if path.exists():
        path.touch()
    else:
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        with draft.open("wb") as file:
            np.save(file, data)
        draft.replace(path)
        for old in sorted(folder.glob("*.npy"), key=lambda each: each.stat().st_mtime_ns)[:-KEPT]:
            old.unlink(missing_ok=True)
    return path

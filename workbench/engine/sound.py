"""Sounds as wav files."""

import struct
from pathlib import Path

import numpy as np

FLOAT = 3
"""The wav format's number for IEEE floats: nothing is rounded that is to be compared."""


def write_wav(path: Path, samples: np.ndarray, rate: int) -> None:
    """Write mono sound of any shape as float32 at `rate` Hz, whole or not at all. Raises OSError."""
    data = np.ascontiguousarray(samples, dtype="<f4").tobytes()
    form = struct.pack("<HHIIHHH", FLOAT, 1, rate, rate * 4, 4, 32, 0)
    fact = struct.pack("<I", len(data) // 4)
    chunks = b"".join(_chunk(name, body) for name, body in ((b"fmt ", form), (b"fact", fact), (b"data", data)))
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_bytes(_chunk(b"RIFF", b"WAVE" + chunks))
    temporary.replace(path)


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

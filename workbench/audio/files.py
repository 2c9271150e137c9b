"""Sound files of any rate and format that libsndfile reads, as the player wants them."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from workbench.model.errors import WorkbenchError

Samples = npt.NDArray[np.float32]


class FileSound(NamedTuple):
    """A file's samples, mono float32 `[frames]` at `rate` Hz, and what was done to them."""

    samples: Samples
    rate: int
    channels: int
    note: str = ""


def read(path: Path) -> FileSound:
    """Return a file's sound, its channels averaged into one. Raises WorkbenchError."""
    if not path.is_file():
        raise WorkbenchError(f"there is no file {path}")
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise WorkbenchError(f"{path} is no sound file that libsndfile reads: {_words(error)}") from error
    frames, channels = samples.shape
    if not frames:
        raise WorkbenchError(f"{path} holds no sound: it has 0 frames")
    note = f"mean of {channels} channels" if channels > 1 else ""
    return FileSound(samples.mean(axis=1, dtype=np.float32) if channels > 1 else samples[:, 0], rate, channels, note)


def resampled(sound: FileSound, rate: int) -> FileSound:
    """Return the sound at another rate, said in its note."""
    if sound.rate == rate:
        return sound
    samples = soxr.resample(sound.samples, sound.rate, rate, quality="VHQ").astype(np.float32)
    note = ", ".join(filter(None, (sound.note, f"resampled from {sound.rate} Hz")))
    return FileSound(samples, rate, sound.channels, note)


def safe(samples: Samples) -> tuple[Samples, str]:
    """Return what ears and devices bear, within ±1 and finite, and a note on what that changed."""
    finite = np.isfinite(samples)
    loud = int(np.count_nonzero(np.abs(samples[finite]) > 1))
    broken = int(samples.size - np.count_nonzero(finite))
    if not loud and not broken:
        return samples, ""
    bearable = np.clip(np.where(finite, samples, 0), -1, 1).astype(np.float32)
    said = [f"{loud} samples clipped at ±1"] if loud else []
    return bearable, ", ".join([*said, *([f"{broken} samples that are no number are silent"] if broken else [])])


def _words(error: Exception) -> str:
    return str(error).rpartition(": ")[2].rstrip(".")

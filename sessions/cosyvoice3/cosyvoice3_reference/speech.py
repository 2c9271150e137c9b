"""The recorded speech, and the noise, that the inputs are made of."""

import wave
from pathlib import Path

import torch
from torch import Tensor

from cosyvoice3_reference.frontend.mel24k import SAMPLE_RATE, mel24k
from cosyvoice3_reference.frontend.resample import resample

DATA = Path(__file__).parent.parent / "data"
RECORDED = 16_000
"""Rate of every recording below `data/`, in Hz."""


def mel_of(file: str, start: float = 0.0, seconds: float | None = None, gain: float = 1.0) -> Tensor:
    """Log-mel [80, T] of a piece of a recording below `data/`; start and length in seconds, None = to its end.

    What exceeds ±1 after the gain is clipped.
    """
    return mel24k(resample(piece_of(file, start, seconds, gain), RECORDED, SAMPLE_RATE))[0]


def noise_mel(seconds: float, generator: torch.Generator) -> Tensor:
    """Log-mel [80, T] of white noise whose standard deviation is 0.2."""
    return mel24k(0.2 * torch.randn(1, round(seconds * SAMPLE_RATE), generator=generator))[0]


def piece_of(file: str, start: float = 0.0, seconds: float | None = None, gain: float = 1.0) -> Tensor:
    """The same piece as a wav [1, L], float32 in ±1."""
    wav, rate = read_wav(DATA / file)
    first = round(start * rate)
    last = None if seconds is None else first + round(seconds * rate)
    return (gain * wav[None, first:last]).clamp(-1, 1)


def read_wav(path: Path) -> tuple[Tensor, int]:
    """Mono 16-bit PCM → float32 [L] in ±1 and its rate in Hz; raises ValueError for another layout."""
    with wave.open(str(path)) as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise ValueError(f"{path.name}: expected mono 16-bit PCM")
        rate, frames = file.getframerate(), bytearray(file.readframes(file.getnframes()))
    return torch.frombuffer(frames, dtype=torch.int16).float() / 2**15, rate

"""Inputs of `frontend.tokens`: Whisper's log-mel of recordings, silence and noise."""

from dataclasses import dataclass

import torch
from torch import Tensor

from cosyvoice3_reference.frontend import prompt
from cosyvoice3_reference.frontend.resample import resample
from cosyvoice3_reference.frontend.whisper_mel import SAMPLE_RATE, whisper_mel
from cosyvoice3_reference.speech import DATA, read_wav


@dataclass(frozen=True)
class Case:
    """One named input: a piece of a recording (seconds), white noise without one; `padded` frames beyond its length."""

    file: str
    start: float = 0.0
    seconds: float | None = None
    gain: float = 1.0
    padded: int = 0


CASES = {
    "arctic": Case("arctic_a0007.wav"),
    "librivox": Case("librivox_0870.wav"),
    "arctic_short": Case("arctic_a0007.wav", start=0.4, seconds=1.54, padded=30),
    "silence": Case("arctic_a0007.wav", seconds=0.6, gain=0.0),
    "clipped": Case("arctic_a0007.wav", start=0.5, seconds=0.8, gain=20.0),
    "noise": Case("", seconds=0.64),
    "shortest": Case("arctic_a0007.wav", start=0.5, seconds=0.0135),
    "odd": Case("librivox_0870.wav", start=1.0, seconds=1.01),
}
"""`shortest` is one frame, `odd` one frame more than 25 tokens take, `arctic_short` ends in padding."""


def make(name: str) -> dict[str, Tensor]:
    """mel [1, 128, T] and length [1], int64; raises ValueError for an unknown name. In the chain mel is a stage's."""
    if name == prompt.CHAIN:
        return {"length": torch.tensor([prompt.frames()])}
    if name not in CASES:
        raise ValueError(f"frontend.tokens has no input {name!r}, only {', '.join(CASES)}")
    mel = whisper_mel(_wav(CASES[name])[None])
    return {"mel": mel, "length": torch.tensor([mel.shape[2] - CASES[name].padded])}


def _wav(case: Case) -> Tensor:
    """[L] at 16 kHz, clipped to ±1."""
    if not case.file:
        count = round((case.seconds or 1.0) * SAMPLE_RATE)
        return 0.2 * torch.randn(count, generator=torch.Generator().manual_seed(3))
    wav, rate = read_wav(DATA / case.file)
    first = round(case.start * rate)
    last = None if case.seconds is None else first + round(case.seconds * rate)
    return resample((case.gain * wav[first:last]).clamp(-1, 1)[None], rate, SAMPLE_RATE)[0]

"""Inputs of the frontend: recorded speech, and what is hard about wavs."""

from dataclasses import dataclass

import torch
from torch import Tensor

from cosyvoice3_reference.frontend.resample import resample
from cosyvoice3_reference.speech import RECORDED, piece_of


@dataclass(frozen=True)
class Case:
    """A piece of a recording; start and length in seconds, None = to its end."""

    file: str = "arctic_a0007.wav"
    start: float = 0.0
    seconds: float | None = None
    gain: float = 1.0
    gap: bool = False
    """Digital silence in place of the middle third."""


CASES = {
    "arctic": Case(),
    "librivox": Case("librivox_0870.wav"),
    "arctic_short": Case(start=0.4, seconds=1.54),
    "silence": Case(seconds=0.6, gain=0.0),
    "gap": Case(start=1.0, seconds=0.9, gap=True),
    "clipped": Case(start=0.5, seconds=0.8, gain=20.0),
    "noise": Case("", seconds=0.64),
    "shortest": Case(start=0.5, seconds=0.1),
    "odd": Case("librivox_0870.wav", start=1.0, seconds=1.0207),
}
"""`silence` is what a recorder gives: the last bit flickers. Of `shortest` a stage takes the least that it can."""


def wav(name: str, rate: int, shortest: int) -> Tensor:
    """The case's wav at `rate` Hz: float32 [1, L] in ±1; raises ValueError for an unknown name.

    In the chain it is another stage's, and this one nothing.
    """
    if name == "chain":
        return torch.zeros(1, shortest)
    if name not in CASES:
        raise ValueError(f"the frontend has no input {name!r}, only {', '.join(CASES)}")
    made = resample(_recorded(CASES[name]), RECORDED, rate)
    return made[:, :shortest] if name == "shortest" else made


def _recorded(case: Case) -> Tensor:
    generator = torch.Generator().manual_seed(16)
    if not case.file:
        assert case.seconds is not None, "noise has no end of its own"
        return 0.2 * torch.randn(1, round(case.seconds * RECORDED), generator=generator)
    speech = piece_of(case.file, case.start, case.seconds, case.gain)
    if case.gain == 0:
        speech = torch.randint(-1, 2, speech.shape, generator=generator) / 2**15
    if case.gap:
        speech[:, speech.shape[1] // 3 : 2 * speech.shape[1] // 3] = 0
    return speech

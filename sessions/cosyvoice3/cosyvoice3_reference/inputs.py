"""Inputs of `flow.dit`: a prompt (speech, silence, noise), seeded draws for what the rest of the model would give."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from cosyvoice3_reference.config import DitConfig
from cosyvoice3_reference.speech import mel_of, noise_mel

FRAMES_PER_TOKEN = 2
PROMPT_PART = 0.4
SMALLEST_STD = 1e-3
"""Silence has no deviation to be divided by; speech has a thousand times this one."""


@dataclass(frozen=True)
class Case:
    """One named input: a piece of a recording (seconds), white noise without one, and how the estimator is called."""

    file: str
    time: float
    seed: int
    streaming: bool = False
    start: float = 0.0
    seconds: float | None = None
    gain: float = 1.0
    padded_part: float = 0.0
    """Part of row 1 that is masked out as padding."""


CASES = {
    "arctic": Case("arctic_a0007.wav", time=0.35, seed=7),
    "librivox": Case("librivox_0870.wav", time=0.7, seed=870, streaming=True),
    "arctic_short": Case("arctic_a0007.wav", time=0.05, seed=77, start=0.4, seconds=1.54, padded_part=0.2),
    "silence": Case("arctic_a0007.wav", time=0.5, seed=1, seconds=0.6, gain=0.0),
    "clipped": Case("arctic_a0007.wav", time=0.9, seed=2, start=0.5, seconds=0.8, gain=20.0),
    "noise": Case("", time=0.2, seed=3, seconds=0.64),
    "shortest": Case("arctic_a0007.wav", time=0.6, seed=4, start=0.5, seconds=0.035),
    "odd": Case("librivox_0870.wav", time=0.45, seed=5, start=1.0, seconds=1.02, streaming=True),
}
"""`shortest` is one frame, `odd` one frame more than a streaming chunk."""


def make(name: str, config: DitConfig) -> dict[str, Tensor]:
    """The stage's inputs for one case; raises ValueError for an unknown name.

    Row 0 is conditioned, row 1 is the row of classifier-free guidance: same x and t, but mu, spks and cond zero.
    """
    if name not in CASES:
        raise ValueError(f"flow.dit has no input {name!r}, only {', '.join(CASES)}")
    case = CASES[name]
    generator = torch.Generator().manual_seed(case.seed)
    mel = _mel(case, generator)
    noise = torch.randn(1, config.mel_dim, mel.shape[1], generator=generator)
    mu = token_rate_conditioning(mel, config.mu_dim, generator)
    spks = F.normalize(torch.randn(config.spk_dim, generator=generator), dim=0)
    return {
        "x": noise.repeat(2, 1, 1),
        "mask": padding_mask(mel.shape[1], case.padded_part),
        "mu": _unconditioned_below(mu),
        "t": torch.full((2,), case.time),
        "spks": _unconditioned_below(spks),
        "cond": _unconditioned_below(prompt(mel)),
        "streaming": torch.tensor([int(case.streaming)]),
    }


def _mel(case: Case, generator: torch.Generator) -> Tensor:
    if case.file:
        return mel_of(case.file, case.start, case.seconds, case.gain)
    assert case.seconds is not None, "noise has no end of its own"
    return noise_mel(case.seconds, generator)


def prompt(mel: Tensor) -> Tensor:
    """The first 40 % of mel's frames, zeros for the rest, which is to be generated; [80, T]."""
    known = int(mel.shape[1] * PROMPT_PART)
    return F.pad(mel[:, :known], (0, mel.shape[1] - known))


def token_rate_conditioning(mel: Tensor, width: int, generator: torch.Generator) -> Tensor:
    """[80, T] → [width, T] that changes at 25 Hz, as the embedded speech tokens do: a random projection of the mel.

    An odd T ends in half a token.
    """
    tokens = F.avg_pool1d(mel[None], FRAMES_PER_TOKEN, ceil_mode=True)[0]
    standard = (tokens - tokens.mean()) / tokens.std().clamp(min=SMALLEST_STD)
    projection = torch.randn(width, mel.shape[0], generator=generator) / mel.shape[0] ** 0.5
    frames: Tensor = (projection @ standard).repeat_interleave(FRAMES_PER_TOKEN, dim=1)
    return frames[:, : mel.shape[1]]


def padding_mask(length: int, padded_part: float) -> Tensor:
    """[2, 1, T]: 1 for a frame, 0 for padding, which is the last `padded_part` of row 1."""
    mask = torch.ones(2, 1, length)
    mask[1, :, length - int(length * padded_part) :] = 0
    return mask


def _unconditioned_below(row: Tensor) -> Tensor:
    return torch.stack((row, torch.zeros_like(row)))

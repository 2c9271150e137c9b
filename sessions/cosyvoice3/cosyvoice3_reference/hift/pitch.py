"""The pitch of a recording, for what is trained on it and for the inputs of the source."""

import torch
from torch import Tensor
from torch.nn import functional as F

from cosyvoice3_reference.frontend.mel24k import HOP, SAMPLE_RATE

LOWEST_HZ, HIGHEST_HZ = 60.0, 250.0
WINDOW = 1440
PERIODIC = 0.6
"""Correlation of a voiced frame with itself one period later."""
LOUD = 0.01
"""RMS of a voiced frame, of ±1."""
SMOOTHED = 5
"""Frames whose median is taken."""


def pitch(wav: Tensor) -> Tensor:
    """wav [L] at 24 kHz → Hz [L // 480], float32; 0 where nothing is periodic.

    The normalised correlation of 60 ms about a mel frame's middle with what follows at every lag; the first lag whose
    correlation is within 5 % of the highest.
    """
    shortest, longest = round(SAMPLE_RATE / HIGHEST_HZ), round(SAMPLE_RATE / LOWEST_HZ)
    length = WINDOW + longest
    before = (length - HOP) // 2
    frames = F.pad(wav.double(), (before, length)).unfold(0, length, HOP)[: len(wav) // HOP]
    here, lags = frames[:, :WINDOW], torch.arange(shortest, longest + 1)
    energy = _slid(frames.square(), torch.ones_like(here))
    likeness = _slid(frames, here) / (energy[:, :1] * energy).sqrt().clamp(min=1e-9)
    likeness = likeness[:, shortest : longest + 1]
    highest = likeness.max(dim=1).values
    first = (likeness >= 0.95 * highest[:, None]).int().argmax(dim=1)
    # From the first lag near the top, up to its own peak.
    near = torch.arange(likeness.shape[1])[None, :] - first[:, None]
    peak = likeness.where((near >= 0) & (near < shortest // 2), torch.tensor(-1.0)).argmax(dim=1)
    voiced = (highest > PERIODIC) & (here.square().mean(1).sqrt() > LOUD)
    return _smoothed((SAMPLE_RATE / lags[peak] * voiced).float())


def _slid(frames: Tensor, window: Tensor) -> Tensor:
    """Inner products of each frame [T, N + W] with its own window [T, W] at every lag: [T, N + 1]."""
    return F.conv1d(frames[None], window[:, None], groups=len(frames))[0]


def _smoothed(f0: Tensor) -> Tensor:
    edge = SMOOTHED // 2
    return F.pad(f0[None], (edge, edge), mode="replicate")[0].unfold(0, SMOOTHED, 1).median(dim=1).values

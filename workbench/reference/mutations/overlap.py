"""An inverse short-time Fourier transform that adds its frames up otherwise."""

from __future__ import annotations

from functools import partial

import torch
from torch.nn import functional as F

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("overlap", "istft", turn=0)
def overlap(call: Call) -> Changes:
    # Other arguments than these are rare, and one more way each to add up.
    if call["center"] and not call["normalized"] and isinstance(call["window"], torch.Tensor):
        yield Change("frames not windowed before they are added up", partial(_added, power=0, divided_by=2))
        yield Change("divided by the sum of the windows for that of their squares", partial(_added, divided_by=1))
        yield Change("not divided by the sum of the squared windows", partial(_added, divided_by=0))
        yield Change("the edges of half a frame not cut off", partial(_added, cut=False))


def _added(live: Call, power: int = 1, divided_by: int = 2, cut: bool = True) -> torch.Tensor:
    size, hop = live["n_fft"], live["hop_length"] or live["n_fft"] // 4
    frames = torch.fft.irfft(live.input, size, dim=-2)
    window = _window(live, size)[:, None].to(frames.dtype)
    sound = _summed(frames * window**power, hop)
    weight = _summed((window**divided_by).expand_as(frames), hop) if divided_by else torch.ones_like(sound)
    edge = size // 2
    result = (sound / weight)[..., edge:-edge] if cut else sound / weight
    return result if live["length"] is None else result[..., : live["length"]]


def _window(live: Call, size: int) -> torch.Tensor:
    window: torch.Tensor = live["window"]
    left = (size - len(window)) // 2
    return F.pad(window, (left, size - len(window) - left))


def _summed(frames: torch.Tensor, hop: int) -> torch.Tensor:
    """Frames [..., N, T] added up, one every `hop` samples: [..., N + hop·(T − 1)]."""
    size, count = frames.shape[-2:]
    length = size + hop * (count - 1)
    flat = F.fold(frames.reshape(-1, size, count), (1, length), (1, size), stride=(1, hop))
    return flat.reshape(*frames.shape[:-2], length)

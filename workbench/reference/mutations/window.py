"""A window of another kind, symmetric for periodic, or placed elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch.nn import functional as F

from workbench.reference.explain.call import Call, Change, is_float
from workbench.reference.explain.family import Changes, family

WINDOWS: dict[str, Callable[[int], torch.Tensor]] = {
    "hann periodic": torch.hann_window,
    "hann symmetric": partial(torch.hann_window, periodic=False),
    "hamming periodic": torch.hamming_window,
    "hamming symmetric": partial(torch.hamming_window, periodic=False),
    "blackman periodic": torch.blackman_window,
    "povey": lambda n: torch.hann_window(n, periodic=False) ** 0.85,
    "root of hann": lambda n: torch.hann_window(n) ** 0.5,
    "no": torch.ones,
}


@family("window", "stft", "istft", turn=0)
def window(call: Call) -> Changes:
    length = call["win_length"] or call["n_fft"]
    # A window that is made in the run is a site of its own.
    for name in WINDOWS if call.origin("window") is None else ():
        yield Change(f"{name} window", partial(_windowed, name=name, length=length))
    if length < call["n_fft"]:
        yield Change("window at the start of the frame", partial(_placed, left=0))
        yield Change("window at the end of the frame", partial(_placed, left=call["n_fft"] - length))


@family("window", "hann_window", "hamming_window", turn=0)
def made(call: Call) -> Changes:
    if is_float(call.result) and call.result.ndim == 1:
        for name in WINDOWS:
            yield Change(f"{name} window", partial(_made, name=name))


def _made(live: Call, name: str) -> torch.Tensor:
    return WINDOWS[name](len(live.result))


def _windowed(live: Call, name: str, length: int) -> torch.Tensor:
    result: torch.Tensor = live.run(window=WINDOWS[name](length))
    return result


def _placed(live: Call, left: int) -> torch.Tensor:
    length, size = live["win_length"], live["n_fft"]
    window = torch.ones(length) if live["window"] is None else live["window"]
    result: torch.Tensor = live.run(window=F.pad(window, (left, size - length - left)), win_length=size)
    return result

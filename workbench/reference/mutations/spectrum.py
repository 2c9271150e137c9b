"""A short-time transform that pads, centres or normalises otherwise, or turns the other way."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family

MODES = ("reflect", "constant", "replicate", "circular")


@family("spectrum", "stft", turn=0)
def spectrum(call: Call) -> Changes:
    yield Change("stft with center=%s" % (not call["center"]), partial(Call.run, center=not call["center"]))
    for mode in MODES if call["center"] else ():
        if mode != call["pad_mode"]:
            yield Change(f"stft padding {mode} for {call['pad_mode']}", partial(Call.run, pad_mode=mode))


@family("spectrum", "stft", "istft", turn=0)
def normalised(call: Call) -> Changes:
    other = not call["normalized"]
    yield Change(f"{call.kind} with normalized={other}", partial(Call.run, normalized=other))


@family("conjugate", "stft", "rfft", "fft_rfft", "fft_fft", "fft_ifft")
def conjugate(call: Call) -> Changes:
    if isinstance(call.result, torch.Tensor) and call.result.is_complex():
        yield Change("phase with the other sign", lambda live: live.run().conj())

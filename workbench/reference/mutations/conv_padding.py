"""A convolution that pads on the other side, or with something else than zeros."""

from __future__ import annotations

from functools import partial

import torch
from torch.nn import functional as F

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family
from workbench.reference.mutations.padding import MODES, sides


@family("convolution padding", "conv1d", "conv2d", turn=0)
def conv_padding(call: Call) -> Changes:
    own = _amounts(call)
    if not own or not own[-1]:
        return
    last = own[-1]
    for word, pair in sides(last, last):
        yield Change(f"convolution padded {word}", partial(_padded, pair=pair, mode="constant"))
    for mode in MODES[1:]:
        yield Change(f"convolution padding {mode} for zeros", partial(_padded, pair=(last, last), mode=mode))


def _amounts(call: Call) -> list[int]:
    padding, axes = call["padding"], call["weight"].ndim - 2
    if isinstance(padding, str):
        return []
    return [padding] * axes if isinstance(padding, int) else list(padding) * (axes // len(padding))


def _padded(live: Call, pair: tuple[int, int], mode: str) -> torch.Tensor:
    padded = F.pad(live.input, pair, mode)
    result: torch.Tensor = live.run(input=padded, padding=[*_amounts(live)[:-1], 0])
    return result

"""A result that comes a frame late or early, or backwards."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family

KINDS = ("conv1d", "conv_transpose1d", "interpolate", "cumsum", "cat", "pad", "flip", "roll", "stft", "unfold")
AXES = (-1, -2)


@family("shift", *KINDS, turn=2)
def shift(call: Call) -> Changes:
    for axis in AXES:
        if not isinstance(call.result, torch.Tensor) or call.result.ndim < -axis or call.result.shape[axis] < 2:
            continue
        for by in (1, -1):
            words = f"{call.kind} moved by {by:+d} on axis {axis}"
            yield Change(words, partial(_rolled, by=by, axis=axis), by)
            yield Change(f"{words}, zero at the border", partial(_pushed, by=by, axis=axis), by)
        yield Change(f"{call.kind} backwards on axis {axis}", partial(_flipped, axis=axis))
    if call.kind in ("flip", "roll", "cumsum"):
        yield Change(f"no {call.kind}", lambda live: live.input)


def _rolled(live: Call, by: int, axis: int) -> torch.Tensor:
    result: torch.Tensor = live.run().roll(by, axis)
    return result


def _pushed(live: Call, by: int, axis: int) -> torch.Tensor:
    result: torch.Tensor = live.run().roll(by, axis).clone()
    result.select(axis, 0 if by > 0 else -1).zero_()
    return result


def _flipped(live: Call, axis: int) -> torch.Tensor:
    result: torch.Tensor = live.run().flip(axis)
    return result

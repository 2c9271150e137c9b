"""A convolution whose dilation or groups are ignored, or that reads every stride from another frame on."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("convolution shape", "conv1d")
def conv_shape(call: Call) -> Changes:
    dilation, groups, stride = (_one(call[name]) for name in ("dilation", "groups", "stride"))
    extra = (call["weight"].shape[-1] - 1) * (dilation - 1)
    if dilation > 1:
        for side, start in (("left", extra), ("right", 0), ("both sides", extra // 2)):
            yield Change(f"dilation 1 for {dilation}, aligned on the {side}", partial(_plain, start=start), 1)
    if 1 < groups < call.input.shape[1]:
        yield Change("channels of the groups interleaved", partial(_shuffled, groups=groups))
    for by in (1, -1) if stride > 1 else ():
        yield Change(f"strides moved by {by:+d}", partial(_moved, by=by))


def _one(value: int | tuple[int, ...]) -> int:
    return value if isinstance(value, int) else value[0]


def _plain(live: Call, start: int) -> torch.Tensor:
    length = live.result.shape[-1]
    result: torch.Tensor = live.run(dilation=1)[..., start : start + length]
    return result


def _shuffled(live: Call, groups: int) -> torch.Tensor:
    x = torch.unflatten(live.input, 1, (-1, groups)).transpose(1, 2).flatten(1, 2)
    result: torch.Tensor = live.run(input=x)
    return result


def _moved(live: Call, by: int) -> torch.Tensor:
    x = torch.nn.functional.pad(live.input, (-by, by))
    result: torch.Tensor = live.run(input=x)
    return result

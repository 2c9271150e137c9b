"""A transposed convolution that is cropped elsewhere."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("transposed convolution", "conv_transpose1d")
def conv_transpose(call: Call) -> Changes:
    full, length = _full(call).shape[-1], call.result.shape[-1]
    padding = call["padding"]
    own = padding if isinstance(padding, int) else padding[0]
    spare = full - length
    for start in sorted({0, own - 1, own + 1, spare // 2, spare} - {own}):
        if 0 <= start <= spare:
            yield Change(f"{start} frames cropped on the left for {own}", partial(_cropped, start=start), start)


def _full(live: Call) -> torch.Tensor:
    stride = live["stride"] if isinstance(live["stride"], int) else live["stride"][0]
    result: torch.Tensor = live.run(padding=0, output_padding=stride - 1)
    return result


def _cropped(live: Call, start: int) -> torch.Tensor:
    return _full(live)[..., start : start + live.result.shape[-1]]

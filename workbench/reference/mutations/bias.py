"""A layer without its bias, or with it twice."""

from __future__ import annotations

from functools import partial

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("bias", "linear", "conv1d", "conv2d", "conv_transpose1d", turn=0)
def bias(call: Call) -> Changes:
    if isinstance(call["bias"], torch.Tensor):
        yield Change(f"{call.kind} without its bias", partial(Call.run, bias=None))
        yield Change(f"{call.kind} with its bias twice", lambda live: live.run(bias=2 * live["bias"]))

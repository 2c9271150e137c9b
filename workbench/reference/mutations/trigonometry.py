"""Sine for cosine and the reverse."""

from __future__ import annotations

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("sine and cosine", "sin", "cos", turn=0)
def trigonometry(call: Call) -> Changes:
    other, words = (torch.cos, "cos for sin") if call.kind == "sin" else (torch.sin, "sin for cos")
    yield Change(words, lambda live: other(live.input))
    yield Change(f"{call.kind} with the other sign", lambda live: -live.run())
    yield Change(f"no {call.kind}", lambda live: live.input)

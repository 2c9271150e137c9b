"""A result that is too large by a factor nobody named: the factor is solved for."""

from __future__ import annotations

from typing import Any

from workbench.reference.explain.call import Call, Fit, is_float
from workbench.reference.explain.family import EVERY, Changes, family

SAME_NUMBERS = (
    "view", "transpose", "permute", "getitem", "flatten", "unflatten", "unsqueeze", "squeeze", "expand", "contiguous",
    "clone", "detach", "chunk", "split", "unbind", "injected", "input", "to", "float", "dropout",
)  # fmt: skip
"""What only hands numbers on: their factor is that of the operation before."""


@family("gain", EVERY, turn=2)
def gain(call: Call) -> Changes:
    if call.kind not in SAME_NUMBERS and is_float(call.result):
        what = call.operation.name or call.kind
        yield Fit(f"{what} times {{}}", lambda live, by: _plain(live) * by, 1.0)


def _plain(live: Call) -> Any:
    return live.input if live.operation.func is None else live.run()

"""The gates of an LSTM or a GRU in another order, and their second bias missing."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family

GATES = {"lstm": "ifgo", "gru": "rzn"}


@family("gates", "lstm", "gru", turn=0)
def gates(call: Call) -> Changes:
    names = GATES[call.kind]
    own = tuple(range(len(names)))
    for order in itertools.permutations(own):
        if order != own:
            words = f"gates in the order {''.join(names[i] for i in order)} for {names}"
            yield Change(words, partial(_in_order, order=order))
    for at, words in ((2, "first bias missing"), (3, "second bias missing")):
        if call.args[3]:
            yield Change(words, partial(_without, at=at))


def _in_order(live: Call, order: Sequence[int]) -> Any:
    def change(weight: torch.Tensor) -> torch.Tensor:
        parts = weight.chunk(len(order))
        return torch.cat([parts[i] for i in order])

    return live.run(weights=[change(weight) for weight in live["weights"]])


def _without(live: Call, at: int) -> Any:
    weights = live["weights"]
    return live.run(weights=[w * 0 if i % 4 == at else w for i, w in enumerate(weights)])

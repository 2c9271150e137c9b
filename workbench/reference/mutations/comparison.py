"""A comparison that counts, or does not count, the border; or looks the other way; and masks off by one diagonal."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "eq": operator.eq, "ne": operator.ne,
}  # fmt: skip


@family("comparison", *COMPARISONS, turn=0)
def comparison(call: Call) -> Changes:
    for name in COMPARISONS:
        if name != call.kind:
            yield Change(f"{name} for {call.kind}", partial(_compared, name=name))


@family("diagonal", "tril", "triu", turn=0)
def diagonal(call: Call) -> Changes:
    own = call["diagonal"]
    for other in (own + 1, own - 1):
        yield Change(f"diagonal {other} for {own}", partial(Call.run, diagonal=other), other)
    other_side, words = (torch.triu, "triu for tril") if call.kind == "tril" else (torch.tril, "tril for triu")
    yield Change(words, lambda live: other_side(live.input, live["diagonal"]))
    yield Change(f"no {call.kind}", lambda live: live.input)


@family("logic", "and", "or", "not")
def logic(call: Call) -> Changes:
    if call.kind == "not":
        yield Change("not missing", lambda live: live.input)
        return
    yield Change("left condition ignored", lambda live: live["right"].expand(live.result.shape))
    yield Change("right condition ignored", lambda live: live["left"].expand(live.result.shape))
    yield Change("or for and" if call.kind == "and" else "and for or", _other)


def _compared(live: Call, name: str) -> Any:
    return COMPARISONS[name](live["left"], live["right"])


def _other(live: Call) -> Any:
    return live["left"] | live["right"] if live.kind == "and" else live["left"] & live["right"]

"""Padding on the other side, on both, one frame off, or of another kind."""

from __future__ import annotations

from functools import partial

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family

MODES = ("constant", "reflect", "replicate", "circular")


@family("padding", "pad", turn=0)
def padding(call: Call) -> Changes:
    own = tuple(call["pad"])
    left, right = own[:2]
    for word, pair in sides(left, right):
        yield Change(f"padding {word}", partial(Call.run, pad=(*pair, *own[2:])))
    for mode in MODES:
        if mode != call["mode"]:
            yield Change(f"padding {mode} for {call['mode']}", partial(Call.run, mode=mode, value=None))


def sides(left: int, right: int) -> list[tuple[str, tuple[int, int]]]:
    """Other ways to pad by as much as (left, right)."""
    total = left + right
    found = [
        ("on the left only", (total, 0)),
        ("on the right only", (0, total)),
        ("on both sides", (total // 2, total - total // 2)),
        ("one frame to the left", (left + 1, right - 1)),
        ("one frame to the right", (left - 1, right + 1)),
    ]
    return [(word, pair) for word, pair in found if pair != (left, right)]

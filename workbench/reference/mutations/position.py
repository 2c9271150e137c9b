"""Positions that start elsewhere or run backwards."""

from __future__ import annotations

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("position", "arange", turn=0)
def position(call: Call) -> Changes:
    yield Change("positions one further", lambda live: live.run() + 1, 1)
    yield Change("positions one back", lambda live: live.run() - 1, -1)
    yield Change("positions backwards", lambda live: live.run().flip(0))
    yield Change("positions doubled", lambda live: live.run() * 2)
    yield Change("positions all zero", lambda live: live.run() * 0)

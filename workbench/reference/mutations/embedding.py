"""Rows of a table looked up one off, or scaled."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("embedding", "embedding", turn=0)
def embedding(call: Call) -> Changes:
    width = call["weight"].shape[1]
    for by in (1, -1):
        words = f"index moved by {by:+d}"
        yield Change(words, partial(_moved, by=by), by)
    for words, factor in (("times √d", math.sqrt(width)), ("over √d", 1 / math.sqrt(width))):
        yield Change(f"embedding {words}", partial(_scaled, factor=factor), factor)


def _moved(live: Call, by: int) -> Any:
    return live.run(input=(live.input + by).clamp(0, len(live["weight"]) - 1))


def _scaled(live: Call, factor: float) -> Any:
    return live.run() * factor

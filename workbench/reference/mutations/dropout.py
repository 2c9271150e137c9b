"""Dropout that still scales at inference."""

from __future__ import annotations

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family


@family("dropout", "dropout", "dropout1d", "dropout2d")
def dropout(call: Call) -> Changes:
    kept = 1 - call["p"]
    if 0 < kept < 1:
        yield Change("dropout scales by what it keeps", lambda live: live.input * kept, kept)
        yield Change("dropout scales by one over what it keeps", lambda live: live.input / kept, 1 / kept)

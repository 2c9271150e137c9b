"""The scale of attention: missing, of the wrong width, a root too many."""

from __future__ import annotations

import math
from functools import partial

from workbench.reference.explain.call import Call, Change, Fit
from workbench.reference.explain.family import Changes, family


@family("attention scale", "scaled_dot_product_attention", turn=0)
def attention_scale(call: Call) -> Changes:
    query = call["query"]
    width, heads = query.shape[-1], query.shape[-3] if query.ndim > 3 else 1
    own = call["scale"] or 1 / math.sqrt(width)
    others = {
        "attention scale missing": 1.0,
        "attention scale 1/d for 1/√d": 1 / width,
        "attention scale √d for 1/√d": math.sqrt(width),
        "attention scale of the whole width for that of a head": 1 / math.sqrt(width * heads),
        "attention scaled twice": own * own,
    }
    for words, scale in others.items():
        if not math.isclose(scale, own):
            yield Change(words, partial(Call.run, scale=scale), scale)
    yield Fit(f"attention scale {{}} for {own:g}", lambda live, scale: live.run(scale=scale), own)

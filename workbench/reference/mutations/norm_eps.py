"""Another eps in a norm."""

from __future__ import annotations

from functools import partial

from workbench.reference.explain.call import Call, Change, Fit
from workbench.reference.explain.family import Changes, family

USUAL = (1e-5, 1e-6, 1e-3, 1e-8, 1e-12, 0.0)


@family("norm eps", "layer_norm", "rms_norm", "group_norm", "batch_norm", "instance_norm", turn=0)
def norm_eps(call: Call) -> Changes:
    own = call["eps"]
    for eps in USUAL:
        if eps != own and own is not None:
            yield Change(f"{call.kind} eps {eps:g} for {own:g}", partial(Call.run, eps=eps), eps)
    if own:
        yield Fit(f"{call.kind} eps {{}} for {own:g}", lambda live, eps: live.run(eps=eps), own)

"""A rotation x·cos ± y·sin that is left out, takes sine for cosine, or is done to the first head only."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import torch

from workbench.reference.explain.call import Call, Change, is_float
from workbench.reference.explain.family import Changes, family


class Term(NamedTuple):
    """x·cos or y·sin."""

    x: torch.Tensor
    table: torch.Tensor


@family("rotation", "add", "sub", turn=0)
def rotation(call: Call) -> Changes:
    terms = _terms(call)
    if terms is None:
        return
    yield Change("no rotation", lambda live: _needed(live)[0].x)
    yield Change("rotation with sine and cosine exchanged", _exchanged)
    for axis in (1, 2):
        if call.result.ndim == 4 and call.result.shape[axis] > 1:
            yield Change(f"rotation of the first head only (axis {axis})", partial(_first_head, axis=axis))


def _terms(call: Call) -> tuple[Term, Term] | None:
    """The terms with the cosine and with the sine, where the operation is a rotation."""
    left, right = _products(call, "left"), _products(call, "right")
    for a in left:
        for b in right:
            if _unit(a.table, b.table):
                return (a, b) if _is_cosine(a.table) else (b, a)
    return None


def _products(call: Call, side: str) -> list[Term]:
    made = call.origin(side)
    if made is None or made.kind != "mul" or not (is_float(made["left"]) and is_float(made["right"])):
        return []
    terms = [Term(made["left"], made["right"]), Term(made["right"], made["left"])]
    return [term for term in terms if term.x.shape == call.result.shape]


def _unit(cosine: torch.Tensor, sine: torch.Tensor) -> bool:
    if cosine.shape != sine.shape or max(float(cosine.abs().max()), float(sine.abs().max())) > 1 + 1e-6:
        return False
    return bool(((cosine**2 + sine**2 - 1).abs() < 1e-5).all())


def _is_cosine(table: torch.Tensor) -> bool:
    # Angles start at zero, and the slowest of them hardly move.
    return float(table.mean()) > 0.0 and bool((table == 1).any())


def _needed(live: Call) -> tuple[Term, Term]:
    terms = _terms(live)
    if terms is None:
        raise ValueError("no rotation any more")
    return terms


def _exchanged(live: Call) -> torch.Tensor:
    cosine, sine = _needed(live)
    sign = 1 if live.kind == "add" else -1
    return cosine.x * sine.table + sign * sine.x * cosine.table


def _first_head(live: Call, axis: int) -> torch.Tensor:
    kept = _needed(live)[0].x.clone()
    kept.narrow(axis, 0, 1).copy_(live.run().narrow(axis, 0, 1))
    return kept

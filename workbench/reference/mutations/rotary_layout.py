"""Rotary embedding over halves for interleaved pairs, and the reverse.

Every place that cuts, joins or repeats the pairs is a site of its own; a port has them all otherwise, or all but the
table of frequencies.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family
from workbench.reference.mutations.other_half import replaced

HALVES, PAIRS = "halves for pairs", "pairs for halves"
BUT_TABLE = ", the table of frequencies as it is"


@family("rotary layout", "getitem", turn=0)
def cut(call: Call) -> Changes:
    for words, other in ((HALVES, _half_of_parity), (PAIRS, _parity_of_half)):
        index = replaced(call["index"], call.input, other)
        if index is not None:
            yield from _both(words, partial(Call.run, index=index))


@family("rotary layout", "chunk", "unbind", turn=0)
def chunked(call: Call) -> Changes:
    if len(call.result) != 2:
        return
    if call.kind == "chunk" and call["dim"] in (-1, call.input.ndim - 1):
        yield from _both(PAIRS, lambda live: [live.input[..., 0::2], live.input[..., 1::2]])
    if call.kind == "unbind" and call["dim"] in (-1, call.input.ndim - 1):
        yield from _both(HALVES, lambda live: live.input.flatten(-2).chunk(2, -1))


@family("rotary layout", "view", "flatten", turn=0)
def joined(call: Call) -> Changes:
    made = call.origin("input")
    if made is not None and made.kind in ("stack", "view_as_real") and call.input.shape[-1] == 2:
        yield from _both(HALVES, lambda live: live.input.transpose(-1, -2).reshape(live.result.shape))


@family("rotary layout", "cat", turn=0)
def put_end_to_end(call: Call) -> Changes:
    tensors = call["tensors"]
    if len(tensors) != 2 or call["dim"] not in (-1, tensors[0].ndim - 1) or tensors[0].shape != tensors[1].shape:
        return
    if tensors[0] is tensors[1]:
        yield Change(PAIRS, _woven)
    else:
        yield from _both(PAIRS, _woven)


@family("rotary layout", "repeat_interleave", turn=0)
def table(call: Call) -> Changes:
    if call["repeats"] == 2 and call["dim"] in (-1, call.input.ndim - 1):
        yield Change(HALVES, lambda live: torch.cat((live.input, live.input), -1))


@family("rotary layout", "repeat", "tile", turn=0)
def table_of_halves(call: Call) -> Changes:
    *before, width = call.input.shape
    if call.result.shape == (*before, 2 * width):
        yield Change(PAIRS, lambda live: live.input.repeat_interleave(2, -1))


@family("rotary layout", "view_as_complex", turn=0)
def as_complex(call: Call) -> Changes:
    yield from _both(HALVES, lambda live: torch.complex(*live.input.flatten(-2).chunk(2, -1)))


def _both(words: str, apply: Callable[[Call], Any]) -> Changes:
    yield Change(words, apply)
    yield Change(words + BUT_TABLE, apply)


def _woven(live: Call) -> torch.Tensor:
    return torch.stack(tuple(live["tensors"]), -1).flatten(-2)


def _half_of_parity(part: slice, size: int) -> slice | None:
    start, _, step = part.indices(size)
    if step != 2 or start not in (0, 1) or size % 2:
        return None
    return slice(0, size // 2) if start == 0 else slice(size // 2, None)


def _parity_of_half(part: slice, size: int) -> slice | None:
    start, stop, step = part.indices(size)
    if step != 1 or 2 * (stop - start) != size or start not in (0, size // 2):
        return None
    return slice(0, None, 2) if start == 0 else slice(1, None, 2)

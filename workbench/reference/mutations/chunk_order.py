"""The parts of a tensor taken in another order, or taken interleaved."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import partial

import torch

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family

MOST = 12
ALL_ORDERS = 3


@family("chunk order", "chunk", "split", "unbind", turn=0)
def chunk_order(call: Call) -> Changes:
    count = len(call.result)
    if not 2 <= count <= MOST or len({part.shape for part in call.result}) > 1:
        return
    for order in dict.fromkeys(orders(count)):
        yield Change(f"{call.kind} in the order {' '.join(map(str, order))}", partial(_in_order, order=order))
    if call.kind != "unbind":
        yield Change(f"interleaved {call.kind}s", partial(_interleaved, count=count))


def orders(count: int) -> Iterator[tuple[int, ...]]:
    """Likely wrong orders of `count` parts: every one of up to 3; else two swapped, the same in each half, reversed."""
    own = tuple(range(count))
    if count <= ALL_ORDERS:
        yield from itertools.islice(itertools.permutations(own), 1, None)
        return
    for a, b in itertools.combinations(own, 2):
        order = list(own)
        order[a], order[b] = b, a
        yield tuple(order)
    yield own[::-1]
    half, odd = divmod(count, 2)
    if not odd:
        yield own[half:] + own[:half]
        yield tuple(i + j for i in range(half) for j in (0, half))
        yield own[::2] + own[1::2]
        for part in orders(half):
            yield (*part, *(half + i for i in part))


def _in_order(live: Call, order: Sequence[int]) -> list[torch.Tensor]:
    parts = live.run()
    return [parts[i] for i in order]


def _interleaved(live: Call, count: int) -> list[torch.Tensor]:
    x, dim = live.input, live["dim"] % live.input.ndim
    return list(torch.unflatten(x, dim, (-1, count)).unbind(dim + 1))

"""A slice or an index that is off by one."""

from __future__ import annotations

from functools import partial

from workbench.reference.explain.call import Call, Change
from workbench.reference.explain.family import Changes, family
from workbench.reference.mutations.other_half import dims_of, replaced


@family("off by one", "getitem")
def off_by_one(call: Call) -> Changes:
    for by in (1, -1):
        index = replaced(call["index"], call.input, partial(_moved, by=by))
        if index is not None:
            yield Change(f"slice moved by {by:+d}", partial(Call.run, index=index))
    parts = list(call["index"]) if isinstance(call["index"], tuple) else [call["index"]]
    for at, (part, dim) in enumerate(zip(parts, dims_of(parts, call.input.ndim))):
        if type(part) is int and dim is not None:
            for other in sorted({part + 1, part - 1, 0, -1} - {part}):
                words = f"index {other} for {part}"
                yield Change(words, partial(Call.run, index=(*parts[:at], other, *parts[at + 1 :])), other)


def _moved(part: slice, size: int, by: int) -> slice | None:
    start, stop, step = part.indices(size)
    return slice(start + by, stop + by, step) if start + by >= 0 and stop + by <= size else None

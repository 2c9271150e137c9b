"""Hypotheses about where elements went: axes that changed places, reshapes in place of transpositions."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations, permutations

import numpy as np

from workbench.causes.hypothesis import Floats, Hypothesis, View
from workbench.causes.pair import Pair

PARTS = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 64, 80, 128)
"""Numbers of heads, groups and chunks that an axis may consist of."""
Shape = tuple[int, ...]
Viewer = Callable[[Shape], View]


def transpositions(pair: Pair) -> Iterator[Hypothesis]:
    """Two axes of equal length changed places."""
    shape = pair.reference.shape
    for one, other in combinations(range(len(shape)), 2):
        if shape[one] == shape[other] > 1:
            words = f"axes {one} and {other} of the port's output are transposed"
            yield Hypothesis("transposition", words, port=partial(np.swapaxes, axis1=one, axis2=other))


def other_shapes(pair: Pair) -> Iterator[Hypothesis]:
    """The port has another shape: its axes in another order, or the same elements under other lengths."""
    port, shape = pair.port.shape, pair.reference.shape
    for order in permutations(range(len(port))) if len(port) <= 5 else ():
        if tuple(port[axis] for axis in order) == shape:
            words = (
                f"the port's output is transposed: its axes {', '.join(map(str, order))} are the reference's in order"
            )
            yield Hypothesis("transposition", words, port=partial(np.transpose, axes=order))
    if pair.port.size == pair.reference.size:
        words = "the port's output has the reference's elements in the same order, under another shape"
        yield Hypothesis("reshape", words, port=_viewed(shape))


def reshapes(pair: Pair) -> Iterator[Hypothesis]:
    """A reshape where two axes had to be transposed, or the other way round: whole axes, or heads with an axis."""
    shape = pair.reference.shape
    for one, other in combinations(range(len(shape)), 2):
        if shape[one] != shape[other]:
            yield from _confused(shape, one, other, f"axes {one} and {other}")
    for axis, parts in divisions(shape):
        split = (*shape[:axis], parts, shape[axis] // parts, *shape[axis + 1 :])
        for other in range(len(shape)):
            if other != axis:
                one, two = sorted((axis, other if other < axis else other + 1))
                yield from _confused(split, one, two, f"axis {other} and the {parts} parts of axis {axis}")


def interleavings(pair: Pair) -> Iterator[Hypothesis]:
    """Elements that belong together lie side by side on one side and in halves, thirds, … on the other."""
    shape = pair.reference.shape
    seen: set[tuple[int, int]] = set()
    for axis, parts in divisions(shape):
        name = "halves" if parts == 2 else f"{parts} parts"
        split = (*shape[:axis], parts, shape[axis] // parts, *shape[axis + 1 :])
        apart, together = _viewed(split), _turned(split, axis, axis + 1)
        if (axis, parts) not in seen:
            words = f"along axis {axis} the port interleaves what the reference has in {name}"
            yield Hypothesis("interleaving", words, str(parts), parts, port=together, reference=apart)
        if (axis, shape[axis] // parts) not in seen and parts != shape[axis] // parts:
            words = f"along axis {axis} the port has in {name} what the reference interleaves"
            yield Hypothesis("interleaving", words, str(parts), parts, port=apart, reference=together)
        seen |= {(axis, parts), (axis, shape[axis] // parts)}


def divisions(shape: Shape) -> Iterator[tuple[int, int]]:
    """Every axis with the numbers of parts that it may consist of, the fewest first."""
    for axis, length in enumerate(shape):
        yield from ((axis, parts) for parts in PARTS if length % parts == 0 and parts < length)


def _confused(split: Shape, one: int, other: int, names: str) -> Iterator[Hypothesis]:
    if min(split[one], split[other]) == 1:
        return
    straight, turned = _viewed(split), _turned(split, one, other)
    words = f"{names} of the port's output are reshaped where they have to be transposed"
    yield Hypothesis("reshape", words, port=turned, reference=straight)
    if split[one] != split[other]:
        words = f"{names} of the port's output are transposed where they have to be reshaped"
        yield Hypothesis("reshape", words, port=straight, reference=turned)


def _viewed(shape: Shape) -> View:
    return lambda tensor: tensor.reshape(shape)


def _turned(split: Shape, one: int, other: int) -> View:
    """Read the elements as if the two axes had been swapped before they were laid down, and swap them back."""
    stored = list(split)
    stored[one], stored[other] = stored[other], stored[one]

    def view(tensor: Floats) -> Floats:
        return tensor.reshape(stored).swapaxes(one, other)

    return view

"""Numbers that mean something, by name: what a fitted factor or offset is recognised as."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import e, log, log2, log10, pi, sqrt

NEAR = 1e-3
"""A fitted number so near to a constant (relative) is tried as that constant."""
ROOT = 3.9
"""A number of this size or its inverse may well be the root of a width; a smaller one hardly is."""
HEADS = (32, 64, 80, 96, 128)
"""Widths of a head, whose root scales attention."""


@dataclass(frozen=True)
class Constant:
    """A number with the name that it has in formulas; `family` and `words` where it tells more than itself."""

    value: float
    name: str
    family: str = "gain"
    words: str = ""


LOGARITHMS = (
    Constant(log10(e), "log10(e)", "log base", "log10 where the reference has ln"),
    Constant(log(10), "ln(10)", "log base", "ln where the reference has log10"),
    Constant(log2(e), "log2(e)", "log base", "log2 where the reference has ln"),
    Constant(log(2), "ln(2)", "log base", "ln where the reference has log2"),
    Constant(log2(10), "log2(10)", "log base", "log2 where the reference has log10"),
    Constant(log10(2), "log10(2)", "log base", "log10 where the reference has log2"),
    Constant(10 * log10(e), "10/ln(10)", "log base", "decibels of power where the reference has ln"),
    Constant(20 * log10(e), "20/ln(10)", "log base", "decibels of amplitude where the reference has ln"),
)
PLAIN = (
    *((float(n), str(n)) for n in (2, 3, 4, 5, 6, 8, 10, 16, 20, 100, 255, 256, 1000, 10000, 32767, 32768)),
    *((pi, "π"), (2 * pi, "2π"), (sqrt(2), "√2"), (sqrt(3), "√3"), (sqrt(pi), "√π"), (sqrt(2 * pi), "√(2π)")),
    *((1.5, "3/2"), (0.75, "3/4"), (2 / 3, "2/3"), (0.9, "0.9"), (0.95, "0.95"), (0.8, "0.8"), (0.7, "0.7")),
)


def gains(shape: Iterable[int]) -> Iterator[Constant]:
    """Factors, the plainest first: numbers and their inverses, logarithms, then what the axes' lengths give."""
    yield from _with_inverses(PLAIN)
    yield from LOGARITHMS
    lengths = sorted({length for length in shape if length > 1})
    yield from _with_inverses((sqrt(d), f"√{d}") for d in dict.fromkeys((*lengths, *HEADS)))
    yield from _with_inverses((float(d), str(d)) for d in lengths)
    for d in lengths:
        yield from _with_inverses([(d / (d - 1), f"{d}/{d - 1}"), (sqrt(d / (d - 1)), f"√({d}/{d - 1})")])


def offsets() -> Iterator[Constant]:
    """Numbers that are forgotten or added once too often."""
    for value, name in ((1.0, "1"), (0.5, "1/2"), (2.0, "2"), (10.0, "10"), (0.1, "0.1"), (1e-3, "0.001")):
        yield Constant(value, name, "offset")
        yield Constant(-value, f"−{name}", "offset")


def nearest(value: float, constants: Iterable[Constant]) -> Constant | None:
    """The constant that is nearest to a fitted number, where one is near; an axis' root is named beside a number."""
    every = list(constants)
    found = min(every, key=lambda constant: abs(value / constant.value - 1))
    if abs(value / found.value - 1) >= NEAR:
        return None
    roots = [each.name for each in every if "√" in each.name and each.value == found.value]
    plain = "√" in found.name or 1 / ROOT < found.value < ROOT or not roots
    return found if plain else replace(found, name=f"{found.name} (= {roots[0]})")


def text(value: float) -> str:
    """A fitted number as it is written in a sentence."""
    return f"{value:.6g}".replace("-", "−")


def _with_inverses(pairs: Iterable[tuple[float, str]]) -> Iterator[Constant]:
    for value, name in pairs:
        yield Constant(value, name)
        over, _, under = name.partition("/")
        simple = under and "√" not in name
        yield Constant(1 / value, f"{under}/{over}" if simple else f"1/{name}")

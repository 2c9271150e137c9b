"""Two sets of tensors against each other, tensor by tensor, in memory that does not grow with them."""

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from workbench.causes.search import explain
from workbench.compare.floor import FLOATS, UNBOUNDED, UNIT_ROUNDOFF, Noise, in_floors
from workbench.compare.judge import Evidence, judge
from workbench.compare.parts import Total
from workbench.engine.pairing import Rule, pair, stripped
from workbench.engine.sides import Sides, sides
from workbench.engine.tensor_files import Open, read_tensors
from workbench.model.cause import Remaining
from workbench.model.difference import DiffDone, Difference
from workbench.model.errors import WorkbenchError
from workbench.model.row import Row
from workbench.model.session import Factor
from workbench.model.verdict import Verdict
from workbench.native.mapped import Tensor
from workbench.report.numbers import error as error_text
from workbench.report.numbers import shape, tolerance

SEARCHED = 1 << 26
"""Bytes up to which a tensor's cause is looked for."""
ASSUMED = 64
"""Without a floor and a tolerance, a cause has to leave no more than so many roundings of the coarser dtype."""
WORST_FIRST = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.UNCHECKED)


@dataclass(frozen=True)
class Options:
    """How names are paired, tensors laid out, and errors judged."""

    prefixes: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    layouts: tuple[tuple[str, str], ...] = ()
    floor: Path | None = None
    rms: float | None = None
    max: float | None = None

    def layout(self, name: str) -> str:
        """Return the layout of the first rule that speaks of this name of B, or nothing."""
        fitting = (layout for pattern, layout in self.layouts if pattern == name or re.fullmatch(pattern, name))
        return next(fitting, "")


def diff(a: Path, b: Path, options: Options, scratch: Path) -> Iterator[Difference | DiffDone]:
    """Compare A, the port's tensors, with B, the reference's; `scratch` is an empty folder for what is unpacked.

    Yields a record per tensor in B's order, then those that only one side has, then the sum. Raises WorkbenchError
    for what cannot be read or paired.
    """
    begun = time.monotonic()
    found = [read_tensors(path, _folder(scratch, name)) for path, name in ((a, "a"), (b, "b"))]
    floor = _floor(options, scratch)
    names = pair(found[0], found[1], options.prefixes, options.rules)
    counts, rms, largest, order = Counter[str](), 0.0, 0.0, 0
    for order, (name, (of_a, of_b)) in enumerate(names.both.items()):
        each = _compared(name, order, found[0][of_a](), found[1][of_b](), floor.get(name), options)
        counts[each.row.verdict.value] += 1
        rms, largest = max(rms, each.rms), max(largest, each.max)
        yield each
    for side, other, missing in (("A", "B", names.only_a), ("B", "A", names.only_b)):
        for name, near in missing.items():
            order += 1
            counts[Verdict.FAIL.value] += 1
            yield _unmatched(name, order, side, other, near)
    yield DiffDone(verdict=_overall(counts), counts=counts, rms=rms, max=largest, seconds=time.monotonic() - begun)


def _folder(scratch: Path, name: str) -> Path:
    folder = scratch / name
    folder.mkdir()
    return folder


def _floor(options: Options, scratch: Path) -> Mapping[str, Open]:
    if options.floor is None:
        return {}
    exact = read_tensors(options.floor, _folder(scratch, "floor"))
    return {stripped(name, options.prefixes): tensor for name, tensor in exact.items()}


def _overall(counts: Counter[str]) -> Verdict:
    return next((verdict for verdict in WORST_FIRST if counts[verdict.value]), Verdict.PASS)


def _unmatched(name: str, order: int, side: str, other: str, near: str | None) -> Difference:
    reason = f"only in {side}" + (f"; nearest in {other}: `{near}`" if near else "")
    row = Row("", "", name, order, "tensor", "", (), Verdict.FAIL, reason=reason)
    return Difference(row=row, rms=UNBOUNDED, max=UNBOUNDED)


def _compared(name: str, order: int, a: Tensor, b: Tensor, floor: Open | None, options: Options) -> Difference:
    both = sides(a, b, _exact(name, b, floor), options.layout(name))
    row = Row("", "", name, order, "tensor", a.dtype, tuple(both.actual.shape), Verdict.FAIL, reason=both.problem)
    difference = Difference(row=row, other_dtype=b.dtype, other_shape=b.shape, rms=UNBOUNDED, max=UNBOUNDED)
    noise = None
    if not both.problem:
        error, noise = both.measure()
        difference = _judged(difference, error, noise, options)
    return _explained(difference, both, noise, options)


def _exact(name: str, b: Tensor, floor: Open | None) -> Tensor | None:
    exact = floor() if floor and b.dtype in FLOATS else None
    if exact and (exact.shape != b.shape or exact.dtype not in FLOATS):
        raise WorkbenchError(
            f"--floor: `{name}` is {exact.dtype} {shape(exact.shape)}, B's tensor {shape(b.shape)}; give B's in float64"
        )
    return exact


def _judged(difference: Difference, error: Total, noise: Noise | None, options: Options) -> Difference:
    row = difference.row
    rms, largest = (error.relative(each) if not error.nonfinite else UNBOUNDED for each in (error.rms, error.max_abs))
    column = in_floors(error.rms, error.max_abs, noise, row.dtype) if noise else None
    evidence = Evidence(
        accumulated=column, nonfinite=error.nonfinite, exact=row.dtype not in FLOATS, differing=error.differing,
        trustworthy=noise is None or noise.trustworthy,
    )  # fmt: skip
    verdict, reason = judge(evidence, Factor())
    reason = reason.removeprefix("accumulated ")
    if verdict is Verdict.PASS and noise is None and error.differing and row.dtype in FLOATS:
        verdict, reason = _tolerated(rms, largest, options)
    return msgspec.structs.replace(
        difference,
        row=msgspec.structs.replace(row, verdict=verdict, reason=reason, accumulated=column),
        rms=rms, max=largest, differing=error.differing,
        worst_index=tuple(map(int, np.unravel_index(error.worst, row.shape))) if error.max_abs else (),
        worst_actual=error.worst_actual, worst_expected=error.worst_expected,
    )  # fmt: skip


def _tolerated(rms: float, largest: float, options: Options) -> tuple[Verdict, str]:
    """Return the verdict on tensors that are not equal and have no floor."""
    smallest = f"--rms {tolerance(rms)} --max {tolerance(largest)} would pass"
    if largest >= UNBOUNDED:
        return Verdict.FAIL, "not equal, and B is zero throughout"
    if options.rms is None and options.max is None:
        return Verdict.UNCHECKED, f"not equal, and no floor to judge it by; {smallest}"
    over = [
        f"{what} error {error_text(found)} of rms, over {allowed:g}"
        for what, found, allowed in (("rms", rms, options.rms), ("largest", largest, options.max))
        if allowed is not None and found > allowed
    ]
    return (Verdict.FAIL, f"{'; '.join(over)}; {smallest}") if over else (Verdict.PASS, "")


def _explained(difference: Difference, both: Sides, noise: Noise | None, options: Options) -> Difference:
    floats = {difference.row.dtype, difference.other_dtype} <= FLOATS
    if difference.row.verdict is Verdict.PASS or not floats or not 0 < both.bytes <= SEARCHED:
        return difference
    floor, factor, unit = _reachable(both, noise, options)
    if floor.rms <= 0.0 or floor.max <= 0.0:
        return difference
    return msgspec.structs.replace(difference, explanation=explain(both.pair(floor, factor)), unit=unit)


def _reachable(both: Sides, noise: Noise | None, options: Options) -> tuple[Remaining, Factor, str]:
    """Return what a cause has to reach (absolute), and what that is called."""
    if noise:
        return Remaining(noise.floor_rms(both.dtype), noise.floor_max(both.dtype)), Factor(), "floor"
    rms, largest = both.sizes()
    given = [each for each in (options.rms, options.max) if each is not None]
    if given:
        return Remaining(given[0] * rms, given[-1] * rms), Factor(rms=1.0, max=1.0), "the tolerance"
    dtype = max((both.dtype, both.expected.dtype), key=UNIT_ROUNDOFF.__getitem__)
    unit = ASSUMED * UNIT_ROUNDOFF[dtype]
    return Remaining(unit * rms, unit * largest), Factor(rms=1.0, max=1.0), f"{ASSUMED} roundings of {dtype}"

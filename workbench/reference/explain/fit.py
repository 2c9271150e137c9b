"""Solves for a number that a porter may have put in: Gauss-Newton on the difference of two tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress

import torch

from workbench.reference.explain.call import Change, Fit
from workbench.reference.explain.replay import Replay
from workbench.reference.explain.score import Port
from workbench.reference.explain.tape import Operation

STEPS = 12
WIDTH = 1e-2
"""Relative step of a slope; it is only a direction. Ten times as wide until it moves the tensor visibly: a step of
an eps of 1e-6 drowns in float32's rounding."""
WIDER = 6
VISIBLE = 1e-2
"""Share of the difference."""
HOPELESS = 0.7
"""A first slope that leaves more than this share of the difference is not followed."""
SETTLED = 1e-7
ROUND_COSTS = 2.0
"""A round number may leave this many times the difference that the unrounded one leaves."""

Fits = Mapping[Operation, Fit]
Rest = Callable[[float], torch.Tensor]


class _StoppedError(Exception):
    """Somebody wants the worker for something else."""


def solve(replay: Replay, port: Port, fits: Fits, stopped: Callable[[], bool]) -> dict[Operation, Change] | None:
    """The changes whose common number brings the tensor closest to the port's; None where none brings it much closer.

    `fits` start from one number. `stopped()` is asked before every run.
    """

    def rest(number: float) -> torch.Tensor:
        if stopped():
            raise _StoppedError
        tensor: torch.Tensor = replay.run(_at(fits, number))
        return (tensor.float() - port.single).flatten()

    with suppress(Exception), torch.no_grad():
        number = _descend(rest, next(iter(fits.values())).start)
        return None if number is None else _at(fits, _rounded(rest, number))
    return None


def _at(fits: Fits, number: float) -> dict[Operation, Change]:
    return {operation: fit.at(number) for operation, fit in fits.items()}


def _descend(rest: Rest, number: float) -> float | None:
    difference = rest(number)
    for step in range(STEPS):
        slope = _slope(rest, number, difference)
        steepness, along = float(slope.dot(slope)), float(slope.dot(difference))
        if step == 0 and not _promises(steepness, along, difference):
            return None
        better = _line_search(rest, number, -along / steepness, difference) if steepness else None
        if better is None:
            break
        moved, (number, difference) = abs(better[0] - number), better
        if moved <= SETTLED * abs(number):
            break
    return number


def _slope(rest: Rest, number: float, difference: torch.Tensor) -> torch.Tensor:
    width = WIDTH * (abs(number) or 1.0)
    for _ in range(WIDER):
        moved = rest(number + width) - difference
        if float(moved.norm()) >= VISIBLE * float(difference.norm()):
            break
        width *= 10
    return moved / width


def _promises(steepness: float, along: float, difference: torch.Tensor) -> bool:
    size = float(difference.dot(difference))
    if not math.isfinite(size) or not math.isfinite(steepness) or steepness == 0.0 or size == 0.0:
        return False
    return 1.0 - along * along / (steepness * size) <= HOPELESS**2


def _line_search(rest: Rest, number: float, step: float, before: torch.Tensor) -> tuple[float, torch.Tensor] | None:
    for _ in range(6):
        new = number + step
        if number > 0 >= new:
            # An eps or a slope keeps its sign on the way, or the search leaves what the function is defined for.
            new = number / 10
        difference = rest(new)
        if difference.norm() < before.norm():
            return new, difference
        step /= 4
    return None


def _rounded(rest: Rest, number: float) -> float:
    allowed = ROUND_COSTS * float(rest(number).norm())
    for digits in range(1, 7):
        rounded = float(f"{number:.{digits}g}")
        if float(rest(rounded).norm()) <= allowed:
            return rounded
    return number

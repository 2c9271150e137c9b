"""The runs of a stage: R32 as the reference is written, and the exact runs in float64."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch

from workbench.reference.failure import Failure, during
from workbench.reference.hooks import Seen, Take, Taps
from workbench.reference.job import Job
from workbench.reference.modules import Built
from workbench.reference.parameters import doubled
from workbench.reference.precision import Lift
from workbench.reference.seed import sow
from workbench.reference.state import preserved
from workbench.reference.wide import upcast

Tensors = dict[str, torch.Tensor]
NOTHING = nullcontext()


def run(
    built: Built, job: Job, inputs: Tensors, take: Take, *, exact: bool, within: AbstractContextManager[Any] = NOTHING
) -> None:
    """Run a stage once and give every tap, then every output, to `take`; the module is left as it was.

    `exact` makes it a float64 run. The stage's own run(), and nothing around it, happens `within` that context.
    Raises Failure for whatever the stage raises, and for outputs that are not named tensors.
    """
    around = _exactly(built.module, inputs, take) if exact else nullcontext((inputs, take))
    with torch.no_grad(), preserved(built.module), around as (inputs, take):
        taps = Taps(take, job.untapped)
        sow(job.seed)
        with during(f"stage {job.stage}: the {'float64' if exact else 'float32'} run"), taps.on(built.module), within:
            outputs = built.stage.run(built.module, inputs)
        # Inside, because an output may be a buffer, whose content is put back on the way out.
        for name, tensor in named_tensors(outputs, f"stage {job.stage}: run()").items():
            taps.output(name, tensor, *_place(built.stage))


@contextmanager
def _exactly(module: torch.nn.Module, inputs: Tensors, take: Take) -> Iterator[tuple[Tensors, Take]]:
    with doubled(module) as parameters, Lift(parameters) as lift:

        def aside(seen: Seen) -> torch.Tensor | None:
            with lift.paused():
                return take(seen)

        yield {name: upcast(tensor) for name, tensor in inputs.items()}, aside


def named_tensors(value: Any, what: str) -> Tensors:
    """`value` where it is a dict of tensors by name; raises Failure that starts with `what` otherwise."""
    if not isinstance(value, dict):
        raise Failure(f"{what} gave {type(value).__name__}; it has to give a dict of named tensors")
    if not value:
        raise Failure(f"{what} gave nothing; name at least one tensor")
    for key, item in value.items():
        if not isinstance(key, str) or not isinstance(item, torch.Tensor):
            raise Failure(f"{what} gave {type(item).__name__} for {key!r}; it has to give tensors by name")
    return value


def _place(stage: Any) -> tuple[str, int]:
    code = getattr(inspect.unwrap(type(stage).run), "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code else ("", 0)

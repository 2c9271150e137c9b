"""Which of the reference's tensors leave the range that the session declares for them."""

from pathlib import Path

import numpy as np

from workbench.engine.capture_files import Capture
from workbench.model.errors import WorkbenchError
from workbench.model.session import Stage
from workbench.native.dtypes import widened
from workbench.native.failure import Failure
from workbench.native.mapped import MappedTensors, Tensor

Range = tuple[float, float]
SHORT = frozenset({"f32", "f16", "bf16"})


def implausible(config: Stage, capture: Capture) -> tuple[dict[str, str], str]:
    """Return what is implausible by tap, and of the inputs what is first; empty where all is in its range.

    Reads only the tensors that have a range. Raises WorkbenchError where the capture cannot be read.
    """
    if not config.ranges:
        return {}, ""
    taps = _outside(config.ranges, capture.folder / "reference.safetensors")
    inputs = _outside(config.ranges, capture.folder / "inputs.safetensors")
    first = next(iter(inputs), "")
    said = f"input: `{first}` {inputs[first]}" if first else ""
    return {name: f"tensor: it {clause}" for name, clause in taps.items()}, said


def _outside(ranges: dict[str, Range], file: Path) -> dict[str, str]:
    try:
        tensors = MappedTensors(file)
    except Failure as failure:
        raise WorkbenchError(str(failure)) from failure
    found = {name: (tensors.get(name), between) for name, between in ranges.items()}
    said = {name: _leaves(tensor, between) for name, (tensor, between) in found.items() if tensor is not None}
    return {name: clause for name, clause in said.items() if clause}


def _leaves(tensor: Tensor, between: Range) -> str:
    """Say by how much a tensor leaves its range; a NaN is in none."""
    values = widened(tensor.flat, tensor.dtype, "f32" if tensor.dtype in SHORT else "f64")
    if not values.size:
        return ""
    low, high = float(np.min(values)), float(np.max(values))
    if between[0] <= low and high <= between[1]:
        return ""
    return f"goes from {low:.3g} to {high:.3g}, declared are {between[0]:g} to {between[1]:g}"

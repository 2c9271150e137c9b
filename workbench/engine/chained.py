"""What a chain left on both sides, by the names that a session gives it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.engine.capture_files import Capture
from workbench.model.errors import WorkbenchError
from workbench.model.session import Session, origin
from workbench.native.failure import Failure
from workbench.native.mapped import MappedTensors, Tensor


@dataclass(frozen=True)
class Chained:
    """The captures of the reference's chain by stage, and the folder with the port's outputs."""

    session: Session
    size: str
    captures: Mapping[str, Capture]
    outputs: Path

    def reference(self, source: str) -> Tensor | None:
        """Return a `stage.output` or `stage.input` of the reference, None where the chain did not come to it."""
        stage, name = origin(source)
        if stage not in self.captures:
            return None
        files = ("reference", "inputs")
        found = (_tensor(self.captures[stage].folder / f"{file}.safetensors", name) for file in files)
        tensor = next(filter(None, found), None)
        if tensor is None:
            raise WorkbenchError(f"`{source}`: stage {stage} has no output and no input `{name}`")
        return tensor

    def native(self, source: str) -> Tensor | None:
        """Return a `stage.output` of the port, None where the chain did not come to it."""
        stage, name = origin(source)
        path = self.outputs / f"{stage}.safetensors"
        return _tensor(path, name) if path.exists() else None

    def null(self, source: str) -> float | None:
        """Return by how many dB the port's tensor is louder than its difference to the reference's.

        None where a side lacks it or the shapes differ; infinite where both are equal.
        """
        sides = self.native(source), self.reference(source)
        if None in sides or sides[0].shape != sides[1].shape:  # type: ignore[union-attr]
            return None
        port, reference = (np.asarray(side.array, np.float64) for side in sides if side)
        error, power = float(np.mean((port - reference) ** 2)), float(np.mean(reference**2))
        return math.inf if error == 0 else 10 * math.log10(power / error) if power else -math.inf


def _tensor(path: Path, name: str) -> Tensor | None:
    try:
        return MappedTensors(path).get(name)
    except Failure as failure:
        raise WorkbenchError(str(failure)) from failure

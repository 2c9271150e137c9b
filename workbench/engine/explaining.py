"""Why a row fails: the port's tensor is asked for, looked at, and searched for in the reference."""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec
import numpy as np

from workbench.causes.pair import Pair
from workbench.causes.search import explain
from workbench.engine.answers import Answers
from workbench.engine.capture_files import Capture
from workbench.engine.places import Places
from workbench.engine.port import Port
from workbench.model.cause import Explanation, Remaining
from workbench.model.events import CauseFound, Event, ExplainCancelled, Explained, ExplainStarted
from workbench.model.row import Row
from workbench.native.dtypes import widened
from workbench.native.mapped import MappedTensors
from workbench.native.protocol import KEPT


@dataclass(frozen=True)
class Explainer:
    """Looks for the causes of rows that fail by their own error; `emit` hears of each as it is found."""

    port: Port
    places: Places
    generation: int
    emit: Callable[[Event], None]

    async def explain(self, row: Row, part: str = "") -> Explanation:
        """Return what is known of why a row fails; `part` is the part of the stage that its tap lies in, if any.

        Raises WorkbenchError where the port or the reference does not get as far as the tap any more.
        """
        begun = monotonic()
        self.emit(ExplainStarted(generation=self.generation, row=row))
        try:
            found = await self._explanation(row, part)
        except BaseException:
            self.emit(ExplainCancelled(generation=self.generation, row=row))
            raise
        self.emit(Explained(generation=self.generation, row=row, explanation=found, seconds=monotonic() - begun))
        return found

    async def _explanation(self, row: Row, part: str) -> Explanation:
        capture = await self.port.captures.ensure(row.stage, row.input)
        with tempfile.TemporaryDirectory(prefix="workbench-explain-") as folder:
            file = Path(folder) / "port.safetensors"
            await self.port.fetch(row, part, capture, file)
            return await self._searched(row, capture, file)

    async def _searched(self, row: Row, capture: Capture, file: Path) -> Explanation:
        looked = await asyncio.to_thread(_look, row, capture, file)
        for each in looked.causes:
            self.emit(CauseFound(generation=self.generation, row=row, cause=each))

        answers = Answers(row, self.places)

        def hear(answer: dict[str, Any]) -> None:
            if answer["event"] == "candidate":
                found = answers.cause(answer, answer["tried"])
                self.emit(CauseFound(generation=self.generation, row=row, cause=found))

        searched = answers.explanation(await self.port.captures.search(capture, row.name, file, hear))
        return msgspec.structs.replace(
            searched, causes=(*searched.causes, *looked.causes), findings=looked.findings,
            tried=searched.tried + looked.tried,
        )  # fmt: skip


def _look(row: Row, capture: Capture, file: Path) -> Explanation:
    """Search among the transforms of the tensor itself."""
    digest = capture.newest_injected()
    noise = MappedTensors(capture.folder / f"injected-{digest}.safetensors").get(row.name)
    reference = MappedTensors(capture.folder / "reference.safetensors").get(row.name)
    port = MappedTensors(file).get(KEPT)
    if port is None or reference is None or noise is None or port.shape != reference.shape:
        return Explanation()
    spread = capture.injected(digest)[row.name].noise
    floor = Remaining(spread.floor_rms(port.dtype), spread.floor_max(port.dtype))
    if not (floor.rms > 0 and floor.max > 0):
        return Explanation()
    left, right = (np.ascontiguousarray(widened(side.flat, side.dtype, "f32")) for side in (port, reference))
    found = explain(Pair(left.reshape(port.shape), right.reshape(port.shape), noise.array, floor))
    causes = tuple(msgspec.structs.replace(each, rust=row.source) for each in found.causes)
    return msgspec.structs.replace(found, causes=causes)

"""What is heard of a stage's output: the reference's, that of a kept build, or both through a vocoder."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.build.store import Store
from workbench.engine.capture_files import Capture
from workbench.engine.captures import Captures
from workbench.engine.checker import Checker
from workbench.engine.kept_outputs import outputs_of
from workbench.engine.samples import save
from workbench.engine.vocoding import Vocoder
from workbench.model.build import Build
from workbench.model.draws import handed
from workbench.model.errors import WorkbenchError
from workbench.model.listening import Pair, Signal
from workbench.model.session import Session, origin
from workbench.native.dtypes import widened
from workbench.native.failure import Failure
from workbench.native.mapped import MappedTensors, Tensor

REFERENCE = ""
"""In place of a build: what the reference gives."""


@dataclass(frozen=True)
class Wish:
    """An output of a stage on an input, heard beside `first`: the reference, or a build by number or hash."""

    stage: str
    input: str
    output: str
    first: str = REFERENCE


@dataclass(frozen=True)
class Hearing:
    """Makes signals of what captures and kept builds gave; what a build has not given yet it is run for.

    `folder` gets the samples, by content: who hears them may keep their paths.
    """

    session: Session
    captures: Captures
    checker: Checker
    store: Store
    folder: Path

    async def pair(self, wish: Wish, newest: Build) -> Pair:
        """Return both signals; raises WorkbenchError where the output is no sound, or a side has none of it."""
        config = self.session.stages[wish.stage]
        if wish.output not in config.sounds and wish.output not in config.hear:
            raise WorkbenchError(f"{wish.stage}: `{wish.output}` is no sound: declare its rate in `sounds`, or `hear`")
        capture = await self.captures.ensure(wish.stage, wish.input)
        first = self._build(wish.first) if wish.first != REFERENCE else None
        a, b = await self._tensor(first, wish, capture), await self._tensor(newest, wish, capture)
        names = f"build {first.label}" if first else "reference", f"build {newest.label}"
        first_signal, second = [await self._signal(*each, wish, newest) for each in zip(names, (a, b), strict=True)]
        draws = capture.manifest.draws
        injected = {draw.name for draw in draws} <= set(handed(config.draws, draws).values())
        return Pair(first_signal, second, injected=injected, title=f"{wish.stage} {wish.output} on {wish.input}")

    def others(self, newest: Build) -> tuple[Build, ...]:
        """Return the kept builds beside one, the pinned ones first, then the newest first."""
        pinned = {build.id for build in self.store.pinned()}
        found = (build for build in self.store.builds() if build.id != newest.id)
        return tuple(sorted(found, key=lambda build: build.id not in pinned))

    def _build(self, text: str) -> Build:
        found = self.store.find(text)
        if found is None:
            raise WorkbenchError(f"no build `{text}` is kept: `workbench check` makes one, the newest {self._kept()}")
        return found

    def _kept(self) -> str:
        newest = self.store.newest()
        return f"is {newest.label}" if newest else "is not there either"

    async def _tensor(self, build: Build | None, wish: Wish, capture: Capture) -> Tensor:
        if build is None:
            return _read(capture.folder / "reference.safetensors", wish.output)
        file = await outputs_of(self.checker.port(build, wish.stage), build, capture)
        return _read(file, wish.output)

    async def _signal(self, name: str, tensor: Tensor, wish: Wish, newest: Build) -> Signal:
        config, note = self.session.stages[wish.stage], ""
        rate = config.sounds.get(wish.output, 0)
        if not rate:
            stage, input_name = origin(config.hear[wish.output])
            vocoder = Vocoder(self.checker.port(newest, stage), stage, input_name, self.folder)
            tensor, output = await vocoder.sound(tensor)
            rate, note = self.session.stages[stage].sounds[output], f"heard through {stage} of {newest.label}"
        samples = widened(tensor.flat, tensor.dtype, "f32").astype(np.float32)
        return Signal(name, save(np.nan_to_num(samples, posinf=0, neginf=0), self.folder), rate, _said(note, samples))


def _said(note: str, samples: np.ndarray) -> str:
    broken = int(np.count_nonzero(~np.isfinite(samples)))
    return "; ".join(filter(None, (note, f"{broken} samples are NaN or inf, heard as silence" if broken else "")))


def _read(file: Path, output: str) -> Tensor:
    try:
        tensor = MappedTensors(file).get(output)
    except Failure as failure:
        raise WorkbenchError(str(failure)) from failure
    if tensor is None:
        raise WorkbenchError(f"{file} has no `{output}`: run the check again")
    return tensor

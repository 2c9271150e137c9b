"""A mel made audible by a stage of the port that takes one: both sides go through the same stage of the same build."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.engine.kept_outputs import run
from workbench.engine.port import Port
from workbench.model.errors import Exit, WorkbenchError
from workbench.native.kept import Content, keep_all
from workbench.native.mapped import MappedTensors, Tensor
from workbench.native.protocol import Job


@dataclass(frozen=True)
class Vocoder:
    """A stage that makes sound, fed at one of its inputs; the others are those of its capture on the first one."""

    port: Port
    stage: str
    input: str
    scratch: Path

    async def sound(self, tensor: Tensor) -> tuple[Tensor, str]:
        """Return the sound of a tensor, and the output that it is; raises WorkbenchError where the stage fails.

        Inputs that go with the length of the one that is fed (noise, a time's mask) are repeated or cut to fit.
        """
        capture = await self.port.captures.ensure(self.stage, self.port.config.inputs[0])
        defaults = dict(MappedTensors(capture.folder / "inputs.safetensors").items())
        output = next(iter(self.port.config.sounds))
        self.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            fed, made = Path(folder) / "fed.safetensors", Path(folder) / "made.safetensors"
            contents = _contents(defaults, self.input, tensor)
            keep_all(contents, fed)
            job = Job(
                str(capture.folder), runs=("free",), outputs_in=str(made),
                fed={name: (str(fed), name) for name in contents},
            )  # fmt: skip
            said = await run(self.port, job)
            found = MappedTensors(made).get(output) if made.exists() else None
        if found is None:
            raise WorkbenchError(
                f"{self.stage} makes no sound of it: {said or f'it has no output `{output}`'}", Exit.FAIL
            )
        return found, output


def _contents(defaults: Mapping[str, Tensor], name: str, tensor: Tensor) -> dict[str, Content]:
    """Return what is fed: the tensor, and what has to have its length."""
    if name not in defaults:
        raise WorkbenchError(f"the stage has no input `{name}`; it has {', '.join(defaults)}")
    sound = turned(tensor.array, defaults[name].shape)
    had, wanted = (each.shape[-1] if each.shape else 0 for each in (defaults[name], sound))
    fed: dict[str, Content] = {name: (tensor.dtype, list(sound.shape), np.ascontiguousarray(sound).tobytes())}
    for other, each in defaults.items():
        if other != name and had > 1 and had != wanted:
            array = fitted(each.array, had, wanted)
            fed[other] = each.dtype, list(array.shape), np.ascontiguousarray(array).tobytes()
    return fed


def turned(array: np.ndarray, like: tuple[int, ...]) -> np.ndarray:
    """Return an array of frames × bands as bands × frames where the vocoder takes it so."""
    if array.ndim == len(like) >= 2 and array.shape[-2] != like[-2] == array.shape[-1]:
        return np.swapaxes(array, -1, -2)
    return array


def fitted(array: np.ndarray, had: int, wanted: int) -> np.ndarray:
    """Return an array whose axes of a multiple of `had` have that multiple of `wanted`: repeated, or cut."""
    for axis, size in enumerate(array.shape):
        if size and size % had == 0:
            array = np.take(array, np.arange(size // had * wanted) % size, axis)
    return array

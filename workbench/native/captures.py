"""Captures, opened in place: what the reference computed, as mapped memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from workbench.compare.margins import widest_margin
from workbench.native.dtypes import widened
from workbench.native.failure import Failure
from workbench.native.mapped import MappedTensors, Tensor
from workbench.native.protocol import UNBOUNDED, RunName


class ReferenceTap(msgspec.Struct, frozen=True):
    """One tap as `manifest.json` lists it."""

    name: str
    kind: str
    parameters: bool = False

    @property
    def required(self) -> bool:
        """Whether a port without it is incomplete: it is an output, or a module with parameters of its own."""
        return self.kind == "output" or self.parameters


class _Manifest(msgspec.Struct, frozen=True):
    taps: tuple[ReferenceTap, ...]
    float64: str | None = None
    """Why there is no noise, where there is none."""


class _Injected(msgspec.Struct, frozen=True):
    taps: frozenset[str]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a run is held against at one tap: the float32 reference and, where there is one, its noise (float32)."""

    order: int
    tensor: Tensor
    noise: Tensor | None
    injected: bool


class Capture:
    """The capture in `folder`; `injected` is the digest of its injected run or empty.

    Raises Failure of kind `capture`, naming the file.
    """

    def __init__(self, folder: str, injected: str) -> None:
        self._folder = Path(folder)
        self._injected = injected
        manifest = _decode(self._folder / "manifest.json", _Manifest)
        self.taps, self._exact = manifest.taps, manifest.float64 is None
        self._reference = MappedTensors(self._folder / "reference.safetensors")

    def inputs(self) -> dict[str, np.ndarray]:
        """Return the stage's inputs, read-only and in place; bfloat16 comes as its bits in uint16."""
        return {name: tensor.array for name, tensor in MappedTensors(self._folder / "inputs.safetensors").items()}

    def fed(self, taps: Iterable[str], names: dict[str, str]) -> dict[str, np.ndarray]:
        """Return what a part is fed with: the reference's tensors by the port's names, which `names` maps."""
        return {tap: self._tensor(names.get(tap, tap)).array for tap in taps}

    def expected(self, run: RunName, only: tuple[str, ...] = ()) -> dict[str, Expected]:
        """Return what to compare with, by tap name, for a run left alone or fed with the reference's tensors.

        A run left alone is fed at the taps `only`.
        """
        noise, injected = self._noise_of(run)
        injected |= frozenset(only)
        return {tap.name: self._expect(order, tap.name, noise, injected) for order, tap in enumerate(self.taps)}

    def margin(self, output: str, logits: str, array: np.ndarray) -> float | None:
        """Return the widest margin where an integer output differs from the reference's, see `widest_margin`."""
        if output not in self._reference or logits not in self._reference:
            return None
        chosen = self._tensor(logits)
        floats = widened(chosen.array, chosen.dtype, "f64" if chosen.dtype == "f64" else "f32")
        margin = widest_margin(array, self._tensor(output).array, floats)
        return None if margin is None else min(margin, UNBOUNDED)

    def _noise_of(self, run: RunName) -> tuple[MappedTensors | None, frozenset[str]]:
        if run == "free":
            return MappedTensors(self._folder / "noise.safetensors") if self._exact else None, frozenset()
        stem = self._folder / f"injected-{self._injected}"
        return MappedTensors(stem.with_suffix(".safetensors")), _decode(stem.with_suffix(".json"), _Injected).taps

    def _tensor(self, name: str) -> Tensor:
        tensor = self._reference.get(name)
        if tensor is None:
            raise Failure("capture", f"{self._reference.path} lacks {name!r}; capture again")
        return tensor

    def _expect(self, order: int, name: str, noise: MappedTensors | None, injected: frozenset[str]) -> Expected:
        tensor, distance = self._tensor(name), noise.get(name) if noise else None
        if noise and distance is not None and (distance.dtype, distance.shape) != ("f32", tensor.shape):
            raise Failure("capture", f"{noise.path}: {name!r} does not fit the reference's tensor; capture again")
        return Expected(order, tensor, distance, name in injected)


T = TypeVar("T")


def _decode(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise Failure("capture", f"{path} cannot be read: {error.strerror}; capture again") from error
    except msgspec.DecodeError as error:
        raise Failure("capture", f"{path} is damaged: {error}; capture again") from error

"""Captures, opened in place: what the reference computed, as mapped memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from workbench.audio.gates import numbers
from workbench.compare.invariants import tolerance, violation
from workbench.compare.margins import widest_margin
from workbench.model.draws import Draw, handed
from workbench.model.layout import to_native, to_reference
from workbench.model.session import Invariant
from workbench.model.sound import Numbers
from workbench.native.dtypes import widened
from workbench.native.failure import Failure
from workbench.native.mapped import MappedTensors, Tensor
from workbench.native.protocol import KEPT, UNBOUNDED, RunName


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
    input: str = ""
    draws: tuple[Draw, ...] = ()
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

    A tap that `layouts` names is handed out in the port's layout.

    Raises Failure of kind `capture`, naming the file.
    """

    def __init__(self, folder: str, injected: str, layouts: Mapping[str, str] | None = None) -> None:
        self._layouts = layouts or {}
        self._folder = Path(folder)
        self._injected = injected
        manifest = _decode(self._folder / "manifest.json", _Manifest)
        self.taps, self.input, self._exact = manifest.taps, manifest.input, manifest.float64 is None
        self._draws = manifest.draws
        self._reference = MappedTensors(self._folder / "reference.safetensors")

    def inputs(self) -> dict[str, np.ndarray]:
        """Return the stage's inputs, read-only and in place; bfloat16 comes as its bits in uint16."""
        return {name: tensor.array for name, tensor in MappedTensors(self._folder / "inputs.safetensors").items()}

    def drawn(self, declared: Mapping[str, str]) -> dict[str, np.ndarray]:
        """Return the reference's draws by the inputs of the port that are declared to be given them."""
        given = handed(declared, self._draws)
        kept = dict(MappedTensors(self._folder / "draws.safetensors").items()) if given else {}
        return {name: kept[draw].array for name, draw in given.items()}

    def fed(self, taps: Iterable[str], names: dict[str, str]) -> dict[str, np.ndarray]:
        """Return what a part is fed with: the reference's tensors by the port's names, which `names` maps."""
        return {tap: self._native(name, self._tensor(name)).array for tap in taps for name in [names.get(tap, tap)]}

    def expected(
        self, run: RunName, only: tuple[str, ...] = (), put: Mapping[str, str] | None = None
    ) -> dict[str, Expected]:
        """Return what to compare with, by tap name, for a run left alone or fed with the reference's tensors.

        A run left alone is fed at the taps `only`; at the taps `put` with another file's tensor.
        """
        noise, injected = self._noise_of(run)
        injected |= frozenset(only)
        found = {tap.name: self._expect(order, tap.name, noise, injected) for order, tap in enumerate(self.taps)}
        others = {name: replace(found[name], tensor=self._put(name, file)) for name, file in (put or {}).items()}
        return found | {name: replace(other, injected=True) for name, other in others.items()}

    def margin(self, output: str, logits: str, array: np.ndarray) -> float | None:
        """Return the widest margin where an integer output differs from the reference's, see `widest_margin`."""
        if output not in self._reference or logits not in self._reference:
            return None
        chosen = self._tensor(logits)
        floats = widened(chosen.array, chosen.dtype, "f64" if chosen.dtype == "f64" else "f32")
        margin = widest_margin(self.as_reference(output, array), self._tensor(output).array, floats)
        return None if margin is None else min(margin, UNBOUNDED)

    def held(self, invariant: Invariant, array: np.ndarray) -> tuple[float, float, float] | None:
        """Return by how much port and reference break an invariant and what it may be off by; None without the output.

        All three are bounded.
        """
        if invariant.of not in self._reference:
            return None
        reference = self._tensor(invariant.of).array
        values = violation(invariant, array), violation(invariant, reference), tolerance(invariant, reference)
        port, other, allowed = (min(value, UNBOUNDED) for value in values)
        return port, other, allowed

    def heard(self, output: str, samples: np.ndarray, rate: int) -> Numbers | None:
        """Return the numbers of the port's sound (mono, in floats) beside the reference; None without the output."""
        if output not in self._reference:
            return None
        tensor, noise = self._tensor(output), self._noise_of("free")[0]
        own = noise.get(output) if noise else None
        reference = widened(tensor.flat, tensor.dtype, "f64")
        return numbers(reference, samples, rate, own.flat if own else None)

    def as_reference(self, name: str, array: np.ndarray) -> np.ndarray:
        """Return a tensor of the port in the reference's layout."""
        pattern = self._layouts.get(name)
        fits = pattern and array.ndim == len(to_reference(pattern))
        return np.ascontiguousarray(array.transpose(to_reference(pattern))) if pattern and fits else array

    def _native(self, name: str, tensor: Tensor) -> Tensor:
        if name not in self._layouts:
            return tensor
        turned = np.ascontiguousarray(tensor.array.transpose(to_native(self._layouts[name])))
        return Tensor(tensor.dtype, turned.shape, turned.reshape(-1).view(np.uint8))

    def _put(self, name: str, file: str) -> Tensor:
        tensor = MappedTensors(Path(file)).get(KEPT)
        if tensor is None:
            raise Failure("capture", f"{file} lacks the tensor {KEPT!r} for `{name}`")
        return self._native(name, tensor)

    def _noise_of(self, run: RunName) -> tuple[MappedTensors | None, frozenset[str]]:
        if run == "free":
            return MappedTensors(self._folder / "noise.safetensors") if self._exact else None, frozenset()
        stem = self._folder / f"injected-{self._injected}"
        noise = MappedTensors(stem.with_suffix(".safetensors")) if self._exact else None
        return noise, _decode(stem.with_suffix(".json"), _Injected).taps

    def _tensor(self, name: str) -> Tensor:
        tensor = self._reference.get(name)
        if tensor is None:
            raise Failure("capture", f"{self._reference.path} lacks {name!r}; capture again")
        return tensor

    def _expect(self, order: int, name: str, noise: MappedTensors | None, injected: frozenset[str]) -> Expected:
        tensor, distance = self._tensor(name), noise.get(name) if noise else None
        if noise and distance is not None and (distance.dtype, distance.shape) != ("f32", tensor.shape):
            raise Failure("capture", f"{noise.path}: {name!r} does not fit the reference's tensor; capture again")
        turned = None if distance is None else self._native(name, distance)
        return Expected(order, self._native(name, tensor), turned, name in injected)


T = TypeVar("T")


def _decode(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise Failure("capture", f"{path} cannot be read: {error.strerror}; capture again") from error
    except msgspec.DecodeError as error:
        raise Failure("capture", f"{path} is damaged: {error}; capture again") from error

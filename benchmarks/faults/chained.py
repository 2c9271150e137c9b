"""The port left alone, and what fixed thresholds say of its tensors beside the reference's float32.

Polygraphy is asked where it can be imported. A process loads one artifact in its life.
"""

import ctypes
import json
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file

from workbench.native.artifact import load_artifact
from workbench.native.cabi import Receiver, TapInterface
from workbench.native.dtypes import NUMPY

Tensors = dict[str, np.ndarray]
Rule = Callable[[np.ndarray, np.ndarray], bool]
Failed = dict[str, dict[str, dict[str, int]]]
"""By input and rule: the taps that fail, with their place in the order of execution."""


class Tap(ctypes.Structure):
    """What the tap interface hands over: texts as address and length, then the line, the shape and the bytes."""

    _fields_ = [
        *((f"{name}{part}", kind) for name in ("name", "kind", "file", "dtype")
          for part, kind in (("", ctypes.c_void_p), ("_len", ctypes.c_size_t))),
        ("line", ctypes.c_uint64), ("shape", ctypes.POINTER(ctypes.c_size_t)), ("rank", ctypes.c_size_t),
        ("data", ctypes.c_void_p), ("bytes", ctypes.c_size_t),
    ]  # fmt: skip

    def tensor(self) -> tuple[str, np.ndarray]:
        """Return a copy with its name."""
        name = ctypes.string_at(self.name, self.name_len).decode()
        dtype = ctypes.string_at(self.dtype, self.dtype_len).decode()
        content = ctypes.string_at(self.data, self.bytes)
        return name, np.frombuffer(content, NUMPY[dtype]).reshape(self.shape[: self.rank])


@dataclass(frozen=True)
class Run:
    """A build's stage, and the captures that it is run on."""

    artifact: str
    stage: str
    prefix: str
    config: str
    weights: tuple[str, ...]
    captures: tuple[Path, ...]


@contextmanager
def heard(taps: TapInterface, prefix: str) -> Iterator[Tensors]:
    """Collect every tap until the block ends; a repeated name gets #1, #2, …"""
    tensors: Tensors = {}
    times: Counter[str] = Counter()

    @ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(Tap))
    def receive(_: int, tap: Any) -> None:
        whole, tensor = tap[0].tensor()
        name = whole.removeprefix(prefix)
        tensors[f"{name}#{times[name]}" if times[name] else name] = tensor
        times[name] += 1

    with taps.installed(Receiver(ctypes.cast(receive, ctypes.c_void_p).value or 0, 0)):
        yield tensors


def assert_close(port: np.ndarray, reference: np.ndarray) -> bool:
    """torch.testing.assert_close as it comes: rtol 1.3e-6, atol 1e-5 for float32."""
    try:
        torch.testing.assert_close(torch.from_numpy(port.copy()), torch.from_numpy(reference.copy()))
    except AssertionError:
        return False
    return True


def fixed(port: np.ndarray, reference: np.ndarray) -> bool:
    """numpy.allclose with rtol 1e-3 and atol 1e-4."""
    return port.shape == reference.shape and np.allclose(port, reference, rtol=1e-3, atol=1e-4)


@cache
def rules() -> dict[str, Rule]:
    """Return the rules by name; each is true where two tensors agree."""
    found: dict[str, Rule] = {"assert_close": assert_close, "1e-3/1e-4": fixed}
    try:
        from polygraphy.comparator import CompareFunc, IterationResult
        from polygraphy.logger import G_LOGGER
    except ImportError:
        return found
    G_LOGGER.module_severity = G_LOGGER.CRITICAL
    with warnings.catch_warnings(action="ignore"):
        compare = CompareFunc.simple()

    def polygraphy(port: np.ndarray, reference: np.ndarray) -> bool:
        sides = (
            IterationResult({"it": side}, runner_name=name) for side, name in ((port, "rust"), (reference, "torch"))
        )
        return bool(compare(*sides)["it"])

    return {**found, "polygraphy": polygraphy}


def failed(run: Run, every: bool) -> Failed:
    """Run the artifact on the inputs of the captures and return what fails: every tap, or the first one alone."""
    torch.set_num_threads(1)
    loaded = load_artifact(run.artifact, "cosyvoice3", False)
    assert loaded.module
    handle = loaded.module.load(run.stage, list(run.weights), run.config)
    found: Failed = {}
    for folder in run.captures:
        with heard(loaded.taps, run.prefix) as tensors:
            outputs = handle.run(load_file(folder / "inputs.safetensors"))
        tensors |= outputs
        reference = load_file(folder / "reference.safetensors")
        names = [tap["name"] for tap in json.loads((folder / "manifest.json").read_text())["taps"]]
        both = {name: place for place, name in enumerate(names) if name in tensors}
        wrong = {rule: _disagreeing(agree, both, tensors, reference) for rule, agree in rules().items()}
        found[folder.parent.name] = {rule: dict(taps if every else islice(taps, 1)) for rule, taps in wrong.items()}
    return found


def _disagreeing(agree: Rule, places: dict[str, int], port: Tensors, reference: Tensors) -> Iterator[tuple[str, int]]:
    return ((name, place) for name, place in places.items() if not agree(port[name], reference[name]))

"""The port left alone, and what the peers' rules say of its tensors beside the reference's float32.

A process loads one artifact in its life.
"""

import ctypes
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file

from benchmarks.faults.rules import Rule, rules
from workbench.native.artifact import load_artifact
from workbench.native.cabi import Receiver, TapInterface
from workbench.native.dtypes import NUMPY

Tensors = dict[str, np.ndarray]
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

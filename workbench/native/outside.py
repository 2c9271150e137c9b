"""Sides that are no library: an executable that writes its taps to files, and a folder of tensors."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from workbench.native.captures import Capture, Expected
from workbench.native.failure import Failure
from workbench.native.kept import Content, keep_all
from workbench.native.mapped import LENGTH, MappedTensors, Tensor
from workbench.native.protocol import Request
from workbench.native.sink import Sink, flat

INJECTS = "injects"
"""The file that an executable makes in $WORKBENCH_TAPS to say that it has read $WORKBENCH_INJECT."""


@dataclass
class Fed:
    """What such a side has to be told of a run: the input's name, the outputs, what is put in under which native name.

    `injects` becomes false where it did not take what was put in.
    """

    input: str
    outputs: frozenset[str]
    replacements: dict[str, Tensor]
    injects: bool = True


def fed_with(capture: Capture, expected: Mapping[str, Expected], request: Request) -> Fed:
    """Return what a run of these expectations puts in, under the port's own names."""
    native = {reference: name for name, reference in request.map.items()}
    replaced = {request.prefix + native.get(name, name): one.tensor for name, one in expected.items() if one.injected}
    return Fed(capture.input, frozenset(tap.name for tap in capture.taps if tap.kind == "output"), replaced)


def outside(request: Request) -> Callable[..., dict[str, np.ndarray]]:
    """Return how a stage is run by an executable or from a folder of tensors."""
    return Executable(request).run if request.runs == "executable" else Folder(request).run


class Folder:
    """`<stage>/<input>.safetensors`: outputs and taps by their names; nothing is run, so that nothing can be put in."""

    def __init__(self, request: Request) -> None:
        self._folder, self._stage = Path(request.artifact), request.stage

    def run(self, inputs: dict[str, np.ndarray], sink: Sink, fed: Fed) -> dict[str, np.ndarray]:
        """Return the outputs that the folder has and show its taps. Raises Failure."""
        fed.injects = False
        file = self._folder / self._stage / f"{fed.input}.safetensors"
        if not file.is_file():
            raise Failure("artifact", f"there is no {self._stage}/{file.name} in the folder of tensors")
        outputs = {}
        for name, tensor in MappedTensors(file, "write it again").items():
            if name in fed.outputs:
                outputs[name] = tensor.array
            else:
                sink.take(name, tensor.dtype, tensor.shape, tensor.bytes, "")
        return outputs


class Executable:
    """A program that is started once a run and speaks through files.

    Arguments and environment say where they are: WORKBENCH_INPUTS, WORKBENCH_OUTPUTS (safetensors), WORKBENCH_TAPS
    (a folder), WORKBENCH_INJECT (safetensors), and WORKBENCH_STAGE, WORKBENCH_WEIGHTS, WORKBENCH_CONFIG.
    """

    def __init__(self, request: Request) -> None:
        self._request = request

    def run(self, inputs: dict[str, np.ndarray], sink: Sink, fed: Fed) -> dict[str, np.ndarray]:
        """Return its outputs and show its taps. Raises Failure."""
        with tempfile.TemporaryDirectory(prefix="workbench-run-") as scratch:
            folder = Path(scratch)
            (folder / "taps").mkdir()
            keep_all({name: _content(name, array) for name, array in inputs.items()}, folder / "inputs.safetensors")
            put_in = {name: (one.dtype, list(one.shape), one.bytes.tobytes()) for name, one in fed.replacements.items()}
            keep_all(put_in, folder / "inject.safetensors")
            self._start(folder)
            fed.injects = (folder / "taps" / INJECTS).exists()
            return dict(self._tapped(folder, sink, fed)) | _outputs(folder / "outputs.safetensors")

    def _start(self, folder: Path) -> None:
        request = self._request
        told = {
            "stage": request.stage, "config": request.config, "weights": os.pathsep.join(request.weights),
            "inputs": str(folder / "inputs.safetensors"), "outputs": str(folder / "outputs.safetensors"),
            "taps": str(folder / "taps"), "inject": str(folder / "inject.safetensors"),
        }  # fmt: skip
        command = [request.artifact, *(_filled(argument, told) for argument in request.arguments)]
        variables = {f"WORKBENCH_{name.upper()}": value for name, value in told.items()}
        try:
            done = subprocess.run(
                command, cwd=folder, env={**os.environ, **variables}, stdin=subprocess.DEVNULL, check=False
            )
        except OSError as error:
            raise Failure("artifact", f"{request.artifact} cannot be started: {error.strerror}") from error
        if done.returncode:
            ended = f"status {done.returncode}" if done.returncode > 0 else signal.Signals(-done.returncode).name
            raise Failure("exception", f"{Path(request.artifact).name} ended with {ended}")

    def _tapped(self, folder: Path, sink: Sink, fed: Fed) -> Iterator[tuple[str, np.ndarray]]:
        """Show the taps in their order; yield those that are the stage's outputs."""
        for file in sorted((folder / "taps").glob("*.safetensors")):
            about = _about(file)
            for name, tensor in MappedTensors(file, "the executable wrote it").items():
                if name.removeprefix(self._request.prefix) in fed.outputs:
                    yield name.removeprefix(self._request.prefix), tensor.array.copy()
                else:
                    place = f"{about.get('file', '')}:{about.get('line', '0')}"
                    sink.take(name, tensor.dtype, tensor.shape, tensor.bytes, place)


def _content(name: str, array: np.ndarray) -> Content:
    dtype, content = flat(name, array)
    return dtype, list(array.shape), content.tobytes()


def _outputs(file: Path) -> dict[str, np.ndarray]:
    if not file.exists():
        return {}
    return {name: tensor.array.copy() for name, tensor in MappedTensors(file, "the executable wrote it").items()}


def _about(file: Path) -> dict[str, str]:
    """Return a file's metadata, which the tap's kind and its source line are."""
    content = file.read_bytes()
    length = int.from_bytes(content[:LENGTH], "little")
    header: dict[str, Any] = msgspec.json.decode(content[LENGTH : LENGTH + length])
    return dict(header.get("__metadata__", {}))


def _filled(argument: str, told: Mapping[str, str]) -> str:
    for name, value in told.items():
        argument = argument.replace(f"{{{name}}}", value)
    return argument

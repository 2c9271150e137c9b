"""The port on tensors that were made elsewhere: those of a harness's folder in place of the reference."""

from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from workbench.engine.capture_files import Capture
from workbench.engine.feeds import feeds
from workbench.engine.port import Port
from workbench.engine.tensor_files import read_tensors
from workbench.model.errors import WorkbenchError
from workbench.model.session import Chain, Harness
from workbench.native.dtypes import NUMPY
from workbench.native.kept import Content, keep_all
from workbench.native.mapped import MappedTensors, Tensor
from workbench.native.protocol import Job, StageFailed
from workbench.session.graph import links


@dataclass
class Artifacts:
    """Runs every stage of the chain that a folder's tensors are enough for, and keeps both sides' outputs by key.

    A stage goes on with the artifacts where they have its inputs, else with what the port gave before it. `refused`
    says of the stages that cannot be run what they lack. `port_file` and `other_file` are for whoever compares.
    """

    chain: Chain
    harness: Harness
    port: Callable[[str], Port]
    folder: Path
    scratch: Path
    refused: dict[str, str] = field(default_factory=dict)
    _theirs: dict[str, Tensor] = field(default_factory=dict)
    _ours: dict[str, Tensor] = field(default_factory=dict)

    @property
    def port_file(self) -> Path:
        """The port's outputs, by the artifacts' keys."""
        return self.scratch / "port.safetensors"

    @property
    def other_file(self) -> Path:
        """The artifacts that they are held against."""
        return self.scratch / "artifacts.safetensors"

    async def run(self) -> None:
        """Run what can be run; raises WorkbenchError where that is nothing, or where the port fails."""
        self._given()
        captures: dict[str, Capture] = {}
        for stage in links(self.chain):
            port, taken = self.port(stage), self.chain.links[stage]
            captures[stage] = await port.captures.ensure(stage, self.chain.input, feeds(taken, captures))
            if lacking := [self._said(stage, name) for name in self._needed(stage, captures[stage])]:
                self.refused[stage] = f"the artifacts lack {', '.join(lacking)}"
            else:
                await self._run(stage, port, captures[stage])
        compared = {name: tensor for name, tensor in self._theirs.items() if name in self._ours}
        if not compared:
            reasons = "; ".join(f"{stage}: {reason}" for stage, reason in self.refused.items())
            raise WorkbenchError(f"{self.folder} is enough for no check: {reasons}")
        keys = self._keys()
        keep_all({keys[name]: _content(self._ours[name], tensor) for name, tensor in compared.items()}, self.port_file)
        keep_all({keys[name]: _content(tensor, tensor) for name, tensor in compared.items()}, self.other_file)

    def _keys(self) -> dict[str, str]:
        """Return the artifacts' keys by `stage.name`; a key that two files have is told apart by its file.

        Of a tensor with several keys the first one counts.
        """
        every = [(file, key, name) for file, keys in self.harness.artifacts.items() for key, name in keys.items()]
        twice = {key for _, key, _ in every if sum(key == other for _, other, _ in every) > 1}
        return {name: f"{Path(file).stem}.{key}" if key in twice else key for file, key, name in reversed(every)}

    def _given(self) -> None:
        """Read what the folder has of the declared tensors, by `stage.name`."""
        if not self.folder.is_dir():
            raise WorkbenchError(f"--artifacts {self.folder}: no such folder")
        for number, (file, keys) in enumerate(self.harness.artifacts.items()):
            path, inner = self.folder / file, self.scratch / str(number)
            if path.exists():
                inner.mkdir()
                tensors = read_tensors(path, inner)
                self._theirs = {name: tensors[key]() for key, name in keys.items() if key in tensors} | self._theirs
        if not self._theirs:
            raise WorkbenchError(f"--artifacts {self.folder}: none of the keys that [harness] declares is in it")

    def _needed(self, stage: str, capture: Capture) -> Iterator[str]:
        """Yield the inputs of a stage, linked or with a key of their own, that nothing is there for.

        What the artifacts lack of a linked one, the port may have given before.
        """
        for each in capture.manifest.inputs:
            keyed = f"{stage}.{each.name}" in self._keys()
            if (keyed or each.name in self.chain.links[stage]) and self._of(stage, each.name) is None:
                yield each.name

    def _of(self, stage: str, name: str) -> Tensor | None:
        own, source = f"{stage}.{name}", self.chain.links[stage].get(name, "")
        known = (self._theirs.get(own), self._theirs.get(source), self._ours.get(source))
        return next((tensor for tensor in known if tensor is not None), None)

    def _said(self, stage: str, name: str) -> str:
        keys, own = self._keys(), f"{stage}.{name}"
        source = own if own in keys else self.chain.links[stage].get(name, own)
        return f"`{keys.get(source, source)}`"

    async def _run(self, stage: str, port: Port, capture: Capture) -> None:
        defaults = dict(MappedTensors(capture.folder / "inputs.safetensors").items())
        fed = {name: tensor for name in defaults if (tensor := self._of(stage, name)) is not None}
        inputs, outputs = (self.scratch / f"{stage}.{kind}.safetensors" for kind in ("in", "out"))
        keep_all({name: _content(tensor, defaults[name]) for name, tensor in fed.items()}, inputs)
        job = Job(
            str(capture.folder), runs=("free",), fed={name: (str(inputs), name) for name in fed},
            outputs_in=str(outputs),
        )  # fmt: skip
        async with aclosing(port.run([job])) as messages:
            failed = [message.error async for message in messages if isinstance(message, StageFailed)]
        if not outputs.exists():
            raise WorkbenchError(f"{stage} gave nothing on the artifacts: {failed[0] if failed else 'it crashed'}")
        self._ours |= {f"{stage}.{name}": tensor for name, tensor in MappedTensors(outputs).items()}


def _content(tensor: Tensor, like: Tensor) -> Content:
    """Return a tensor's content in the integer type of another one, or as it is."""
    dtype = like.dtype if tensor.dtype.startswith("i") and like.dtype.startswith("i") else tensor.dtype
    elements = tensor.flat if tensor.dtype == dtype else tensor.flat.astype(np.dtype(NUMPY[dtype]))
    return dtype, list(tensor.shape), elements.tobytes()

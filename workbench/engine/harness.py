"""Writes what a run of the chain leaves for people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.engine.chained import Chained
from workbench.engine.sound import write_wav
from workbench.model.errors import WorkbenchError
from workbench.native.dtypes import widened
from workbench.native.kept import Content, keep_all
from workbench.native.mapped import Tensor


@dataclass(frozen=True)
class Left:
    """A file that was written: each of its keys with dtype and shape, and the keys that nothing was there for."""

    name: str
    keys: Mapping[str, str]
    missing: tuple[str, ...] = ()


def leave(chained: Chained, texts: Mapping[str, str], out: Path) -> list[Left]:
    """Write a session's artifacts and sounds, and texts by their names, to a folder; raises WorkbenchError.

    A file that would hold nothing is not written.
    """
    harness = chained.session.harness
    if harness is None:
        raise WorkbenchError(f"session `{chained.session.name}` declares no [harness]: say which files it leaves")
    out.mkdir(parents=True, exist_ok=True)
    left = [_artifacts(chained, file, keys, out) for file, keys in harness.artifacts.items()]
    sounds = [(file, chained.reference(source)) for file, source in harness.reference_sounds.items()]
    sounds += [(file, chained.native(source)) for file, source in harness.native_sounds.items()]
    left += [_sound(file, tensor, harness.rate, out) for file, tensor in sounds]
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8")
    return left


def _artifacts(chained: Chained, file: str, keys: Mapping[str, str], out: Path) -> Left:
    found = {key: tensor for key, source in keys.items() if (tensor := chained.reference(source))}
    contents = {key: _content(tensor) for key, tensor in found.items()}
    if contents:
        keep_all(contents, out / file)
    said = {key: f"{dtype} {list(shape)}" for key, (dtype, shape, _) in contents.items()}
    return Left(file, said, tuple(key for key in keys if key not in found))


def _sound(file: str, tensor: Tensor | None, rate: int, out: Path) -> Left:
    if tensor is None:
        return Left(file, {}, ("sound",))
    write_wav(out / file, widened(tensor.flat, tensor.dtype, "f32"), rate)
    return Left(file, {"sound": f"{tensor.flat.size / rate:.2f} s at {rate} Hz"})


def _content(tensor: Tensor) -> Content:
    dtype, elements = next(_written(tensor))
    return dtype, list(tensor.shape), elements.tobytes()


def _written(tensor: Tensor) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the elements as they are written: whole numbers as int32, as the tools that read such files expect."""
    if tensor.dtype.startswith(("i", "u")):
        yield "i32", tensor.flat.astype(np.int32)
    yield tensor.dtype, tensor.flat

"""Files and folders of tensors, whatever their format, as mapped memory under names."""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from workbench.model.errors import WorkbenchError
from workbench.native.dtypes import name_of
from workbench.native.failure import Failure
from workbench.native.mapped import MappedTensors, Tensor
from workbench.reference.launch import command

ALONE = "tensor"
"""Name of the tensor of a file that holds one without a name."""
REMEDY = "make or fetch it again"
Open = Callable[[], Tensor]
Named = Iterator[tuple[str, Open]]


def read_tensors(path: Path, scratch: Path) -> Mapping[str, Open]:
    """Return what opens each tensor of a file, or of every file in a folder, by name.

    Where a format cannot be mapped, its content goes to files in `scratch`. In a folder, a `.npy` file gives its
    path as a name. Raises WorkbenchError for what cannot be read, and for a name that two files of a folder have.
    """
    if not path.exists():
        raise WorkbenchError(f"{path}: no such file or folder")
    if path.is_dir():
        return _folder(path, scratch)
    if path.suffix not in READERS:
        raise WorkbenchError(f"{path}: this is none of {', '.join(READERS)}")
    return dict(_file(path, scratch))


def _folder(folder: Path, scratch: Path) -> Mapping[str, Open]:
    tensors: dict[str, Open] = {}
    origin: dict[str, Path] = {}
    for number, path in enumerate(sorted(each for each in folder.rglob("*") if each.suffix in READERS)):
        inner = scratch / str(number)
        inner.mkdir()
        for name, open_tensor in _file(path, inner):
            if path.suffix == ".npy":
                name = ".".join(path.relative_to(folder).with_suffix("").parts)
            if name in tensors:
                raise WorkbenchError(f"`{name}` is in {origin[name]} and in {path}; compare these files one by one")
            tensors[name], origin[name] = open_tensor, path
    if not tensors:
        raise WorkbenchError(f"{folder}: no tensors in it ({', '.join(READERS)})")
    return tensors


def _file(path: Path, scratch: Path) -> Named:
    try:
        yield from READERS[path.suffix](path, scratch)
    except Failure as error:
        raise WorkbenchError(str(error)) from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise WorkbenchError(f"{path} cannot be read: {error}; {REMEDY}") from error


def _safetensors(path: Path, scratch: Path) -> Named:
    file = MappedTensors(path, REMEDY)
    for name in file:
        yield name, partial(_found, file, name)


def _found(file: MappedTensors, name: str) -> Tensor:
    tensor = file.get(name)
    assert tensor is not None
    return tensor


def _npy(path: Path, scratch: Path) -> Named:
    tensor = _tensor(path, path)
    yield ALONE, lambda: tensor


def _npz(path: Path, scratch: Path) -> Named:
    with zipfile.ZipFile(path) as archive:
        for number, member in enumerate(archive.namelist()):
            unpacked = scratch / f"{number}.npy"
            with archive.open(member) as source, unpacked.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            yield member.removesuffix(".npy"), partial(_tensor, unpacked, path)


def _tensor(npy: Path, path: Path) -> Tensor:
    array = np.load(npy, mmap_mode="r", allow_pickle=False)
    native = array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
    dtype = name_of(native.dtype)
    if dtype is None:
        raise WorkbenchError(f"{path}: dtype {array.dtype}, which the workbench does not know")
    flat = np.ascontiguousarray(native).reshape(-1).view(np.uint8)
    return Tensor(dtype, array.shape, flat)


def _pickle(path: Path, scratch: Path) -> Named:
    """Have a child with torch, weights only, write what it reads as safetensors: torch stays out of the engine."""
    if find_spec("torch") is None:
        raise WorkbenchError(
            f"{path} is a PyTorch file and {sys.executable} has no torch; install it, or save it as .safetensors"
        )
    converted = scratch / "converted.safetensors"
    request = {"id": 1, "do": "convert", "source": str(path.absolute()), "out": str(converted)}
    child = subprocess.run(
        command(sys.executable), input=json.dumps(request), capture_output=True, text=True, check=False
    )
    answers = [json.loads(line) for line in child.stdout.splitlines()]
    if not answers or answers[-1]["event"] != "done":
        said = answers[-1].get("error") if answers else child.stderr.strip().splitlines()[-1:]
        raise WorkbenchError(str(said or f"{path} could not be read: the child with torch died"))
    yield from _safetensors(converted, scratch)


READERS: dict[str, Callable[[Path, Path], Named]] = {
    ".safetensors": _safetensors, ".npy": _npy, ".npz": _npz, ".pt": _pickle, ".pth": _pickle,
}  # fmt: skip

"""Loads a build: as a Python extension, and as the library that its taps are installed through."""

import ctypes
import importlib
import importlib.util
import mmap
import re
import sys
import traceback
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from pathlib import Path
from types import ModuleType

from workbench.native import elf
from workbench.native.cabi import TapInterface
from workbench.native.failure import Failure

PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"
TAGGED = tuple(suffix for suffix in EXTENSION_SUFFIXES if suffix != ".so")
_tag = re.compile(r"\.(cpython-\d+|pypy[\w-]*|cp\d+-[\w-]+)[\w-]*\.so$")
_foreign_symbol = re.compile(r"undefined symbol: (_?Py\w+)")
_initialiser = re.compile(rb"PyInit_(\w+)\0")


@dataclass(frozen=True)
class Artifact:
    """A loaded build; `module` is None where it is a plain library that only the session's port.py uses."""

    name: str
    module: ModuleType | None
    taps: TapInterface


def load_artifact(
    path: str, module: str, has_port: bool, suffixes: tuple[str, ...] = ("",), site: str = ""
) -> Artifact:
    """Load the shared object at `path` (empty: there is none) and import it as `module` (empty: by its name).

    With a port it need not be a Python extension. `suffixes` stand behind the names of its tap interface, one for each
    candle-nn that it may contain. From a `site`, an unpacked wheel, it is imported with its package. Raises Failure of
    kind `artifact`.
    """
    if not path:
        return Artifact("", None, TapInterface(None))
    file = Path(path)
    name = module or (_dotted(file, Path(site)) if site else import_name(file))
    _check(file)
    if site:
        return Artifact(name, _import_from(site, name), TapInterface(_open(file), suffixes))
    library = _open(file)
    initialiser = f"PyInit_{name.rpartition('.')[2]}"
    if hasattr(library, initialiser):
        return Artifact(name, _import(name, file), TapInterface(library, suffixes))
    if has_port:
        return Artifact(name, None, TapInterface(library, suffixes))
    raise Failure("artifact", _no_initialiser(file, initialiser))


def import_name(file: Path) -> str:
    """Return the import name that a library's file name stands for: `libx.so`, `x.abi3.so` → `x`."""
    return file.name.split(".", 1)[0].removeprefix("lib")


def require_no_copy(artifact: str) -> None:
    """Raise Failure where another shared object of the build's name was imported: the port then runs that one."""
    file = Path(artifact)
    for name, module in list(sys.modules.items()):
        other = Path(getattr(module, "__file__", None) or "")
        if other.suffix == file.suffix and import_name(other) == import_name(file) and not other.samefile(file):
            raise Failure("artifact", f"the port imported {name} from {other}, and not this build: remove that copy")


def _dotted(file: Path, site: Path) -> str:
    folders = file.parent.relative_to(site).parts
    return ".".join((*folders, import_name(file)))


def _import_from(site: str, name: str) -> ModuleType:
    sys.path.insert(0, site)
    try:
        return importlib.import_module(name)
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
        raise Failure("artifact", f"importing {name} from the wheel failed: {said}", traceback.format_exc()) from error


def _check(file: Path) -> None:
    try:
        complaint = elf.complaint(file)
    except OSError as error:
        complaint = f"cannot be read: {error.strerror}"
    tag = _tag.search(file.name)
    if not complaint and tag and not file.name.endswith(TAGGED):
        complaint = f"is an extension of another Python ({tag[1]}), this is {PYTHON}"
    if complaint:
        raise Failure("artifact", f"{file} {complaint}")


def _open(file: Path) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(str(file))
    except OSError as error:
        raise Failure("artifact", f"{file} {_loader_said(file, str(error))}") from error


def _loader_said(file: Path, text: str) -> str:
    foreign = _foreign_symbol.search(text)
    if foreign:
        return f"is an extension of another Python: it needs {foreign[1]}, which {PYTHON} has not"
    return f"cannot be loaded: {text.removeprefix(f'{file}: ')}"


def _import(name: str, file: Path) -> ModuleType:
    loader = ExtensionFileLoader(name, str(file))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    assert spec is not None
    try:
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        loader.exec_module(module)
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
        raise Failure("artifact", f"importing {name} from {file} failed: {said}", traceback.format_exc()) from error
    return module


def _no_initialiser(file: Path, initialiser: str) -> str:
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as content:
        others = sorted({match[1].decode() for match in _initialiser.finditer(content)})
    if others:
        return f"{file} exports no {initialiser}, but PyInit_{others[0]}: set native.module to {others[0]!r}"
    return f"{file} exports no {initialiser}, so it is no Python extension; build it with PyO3 or write a port.py"

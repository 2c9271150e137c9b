"""Imports a session's reference.py."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

from workbench.reference.declare import Registry, collecting
from workbench.reference.failure import Failure, during


def load(path: Path) -> Registry:
    """Run reference.py, its own folder first on the import path, and return what it declares.

    It is compiled from the text that is there now, whatever compiled file lies beside it. Raises Failure with file
    and line where it cannot be read, compiled or run, or where it declares no stage.
    """
    try:
        source = path.read_bytes()
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}") from error
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    sys.modules[path.stem] = module
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    with collecting() as registry, during(f"importing {path}"):
        exec(compile(source, str(path), "exec"), module.__dict__)
    if not registry.stages:
        raise Failure(f'{path} declares no stage; decorate a class with @stage("name")')
    return registry

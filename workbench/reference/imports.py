"""Which files a module is made of: its own, and those of everything that it imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType


def made_of(name: str, is_ours: Callable[[Path], bool]) -> frozenset[Path]:
    """Return the files, among those that are ours, of a loaded module and of whatever it imports, however deep.

    Goes by the import statements, wherever they stand. A module that was never loaded has no part in anything.
    """
    found: set[Path] = set()
    waiting = [name]
    while waiting:
        module = sys.modules.get(waiting.pop())
        path = _file(module) if module else None
        if module and path and path not in found and is_ours(path):
            found.add(path)
            waiting += _imports(path, module.__package__ or "")
            waiting += _parents(module.__name__)
    return frozenset(found)


@lru_cache(maxsize=4096)
def _imports(path: Path, package: str) -> tuple[str, ...]:
    """Name what a file imports: `from a import b` may mean the module `a` or the module `a.b`."""
    return tuple(_named(ast.parse(path.read_bytes()), package))


def _named(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module or ""
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def _file(module: ModuleType) -> Path | None:
    file = getattr(module, "__dict__", {}).get("__file__")
    return Path(file).absolute() if isinstance(file, str) and file.endswith(".py") else None

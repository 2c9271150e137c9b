"""What a folder holds that a session could be about."""

import ast
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

_SKIPPED = {"target", "node_modules", "site-packages", "__pycache__", "sessions", "build", "dist", "venv", "env"}
_MODULE = re.compile(r"#\[pymodule[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*(?:pub\s+)?(?:fn|mod)\s+(\w+)")
_RENAMED = re.compile(r"#\[pyo3\(name\s*=\s*\"(\w+)\"\)\]")


class Crate(msgspec.Struct, frozen=True):
    """A crate that can be run: `kind` says as what. `module` is the name that Python imports it under, if it can.

    `manifest` is its Cargo.toml, or the pyproject.toml that maturin builds it from.
    """

    name: str
    manifest: Path
    kind: Literal["cargo", "maturin", "binary"]
    module: str = ""
    binary: str = ""


class Model(msgspec.Struct, frozen=True):
    """A class that is a torch module; `call` is the signature of its forward."""

    name: str
    file: Path
    call: str


class Found(msgspec.Struct, frozen=True):
    """What is there, each kind in the order of its paths; `plain` are crates that make nothing to run."""

    crates: tuple[Crate, ...]
    plain: tuple[str, ...]
    models: tuple[Model, ...]


def look(folder: Path) -> Found:
    """Look through a folder; what cannot be read is passed over."""
    files = list(_walk(folder))
    projects = {manifest: project for project in files if (manifest := _built_by_maturin(project))}
    manifests = [path for path in files if path.name == "Cargo.toml" and "package" in _toml(path)]
    crates = [_crate(path, projects.get(path)) for path in manifests]
    plain = [
        _toml(path)["package"].get("name", "?") for path, crate in zip(manifests, crates, strict=True) if not crate
    ]
    models = [model for path in files if path.suffix == ".py" for model in _models(path)]
    return Found(tuple(crate for crate in crates if crate), tuple(plain), tuple(models))


def _walk(folder: Path) -> Iterator[Path]:
    for name, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in _SKIPPED and not each.startswith("."))
        yield from (Path(name) / file for file in sorted(files) if file.endswith((".toml", ".py")))


def _built_by_maturin(project: Path) -> Path | None:
    """Return the Cargo.toml that maturin builds for a pyproject.toml."""
    table = _toml(project) if project.name == "pyproject.toml" else {}
    settings = table.get("tool", {}).get("maturin")
    if settings is None and table.get("build-system", {}).get("build-backend") != "maturin":
        return None
    named = (settings or {}).get("manifest-path")
    places = [project.parent / place for place in ([named] if named else ["Cargo.toml", "rust/Cargo.toml"])]
    return next((Path(os.path.normpath(place)) for place in places if place.is_file()), None)


def _crate(manifest: Path, project: Path | None) -> Crate | None:
    table = _toml(manifest)
    name, library = table["package"].get("name", ""), table.get("lib", {})
    if "cdylib" in library.get("crate-type", ()) or project:
        source = manifest.parent / library.get("path", "src/lib.rs")
        settings = _toml(project).get("tool", {}).get("maturin", {}) if project else {}
        module = settings.get("module-name") or _module(source)
        return Crate(name, project or manifest, "maturin" if project else "cargo", module)
    binary = next((each.get("name", name) for each in table.get("bin", ())), name)
    if table.get("bin") or (manifest.parent / "src" / "main.rs").is_file():
        return Crate(name, manifest, "binary", binary=binary)
    return None


def _module(source: Path) -> str:
    """Return the name of a PyO3 module; empty where the library is none."""
    text = _text(source)
    found = _MODULE.search(text)
    if not found:
        return ""
    renamed = _RENAMED.search(text[: found.end()])
    return renamed[1] if renamed else found[1]


def _models(path: Path) -> Iterator[Model]:
    text = _text(path)
    if "Module" not in text:
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(_is_module(base) for base in node.bases):
            yield Model(node.name, path, _call(node))


def _is_module(base: ast.expr) -> bool:
    return ast.unparse(base) in ("nn.Module", "torch.nn.Module", "Module")


def _call(node: ast.ClassDef) -> str:
    forward = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "forward"]
    return f"({ast.unparse(forward[0].args).removeprefix('self, ')})" if forward else "(…)"


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8")) if path.suffix == ".toml" else {}
    except (OSError, ValueError):
        return {}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return ""

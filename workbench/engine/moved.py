"""What of the reference moved since the last check: named before any port is blamed."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.engine import capture_files as files
from workbench.engine.capture_files import Capture, Manifest
from workbench.model.events import ReferenceMoved

LAST = "last.json"
"""The manifest of the capture that the last check of this stage and input went by."""


def since_last_check(captures: Sequence[Capture], generation: int) -> ReferenceMoved | None:
    """Return what differs from the last check's captures of the same stage and inputs; None where nothing does."""
    what: dict[str, None] = {}
    since = 0.0
    for capture in captures:
        last = capture.folder.parent / LAST
        old = last_manifest(last.parent)
        if old and (found := list(_differences(old, capture.manifest))):
            what |= dict.fromkeys(found)
            since = max(since, last.stat().st_mtime)
    if not what:
        return None
    stage = captures[0].manifest.stage
    return ReferenceMoved(
        generation=generation,
        stage=stage,
        what=tuple(what),
        since=datetime.fromtimestamp(since).isoformat(" ", "minutes"),
    )


def last_manifest(folder: Path) -> Manifest | None:
    """Return what the last check of a stage went by on the input that a folder belongs to."""
    return files.manifest(folder / LAST)


def remember(capture: Capture) -> None:
    """Keep what a check went by."""
    draft = capture.folder / f"{LAST}.draft"
    shutil.copyfile(capture.folder / "manifest.json", draft)
    draft.replace(capture.folder.parent / LAST)


def _differences(old: Manifest, new: Manifest) -> Iterator[str]:
    yield from _files(old, new)
    yield from _entries("config", _flat(old.config), _flat(new.config))
    yield from _entries("", old.environment, new.environment)
    if old.seed != new.seed:
        yield f"seed {old.seed} → {new.seed}"


def _files(old: Manifest, new: Manifest) -> Iterator[str]:
    before, after = ({pin.path: pin.blake2 for pin in each.pins} for each in (old, new))
    for path in sorted({*before, *after}):
        name = _name(Path(path))
        if path not in after:
            # A checkpoint under another name is told by the new one.
            if Path(path).suffix != ".safetensors":
                yield f"{name} is no longer used"
        elif path not in before:
            yield f"{name} is new"
        elif before[path] != after[path]:
            yield f"{name} changed"


def _name(path: Path) -> str:
    return f"{path.parent.name}'s version" if path.name == "version.py" else path.name


def _flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in config.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def _entries(title: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            yield f"{title} {key} {_said(old.get(key))} → {_said(new.get(key))}".strip()


def _said(value: Any) -> str:
    return "unset" if value is None else str(value)

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
    """Name the files that are not what they were; which of them a capture pins may hang on what was captured before."""
    after = {pin.path: pin.blake2 for pin in new.pins}
    for pin in old.pins:
        if pin.path in after and after[pin.path] != pin.blake2:
            yield f"{_name(Path(pin.path))} changed"
        elif pin.path not in after and not Path(pin.path).exists():
            yield f"{_name(Path(pin.path))} is gone"
        elif pin.path not in after and pin.moved():
            yield f"{_name(Path(pin.path))} changed"


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

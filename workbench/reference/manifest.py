"""What a capture says of itself, and whether that still holds."""

from __future__ import annotations

import getpass
import json
import os
import platform
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

from workbench.reference import pins
from workbench.reference.draws import Draw
from workbench.reference.dtypes import name_of, plain
from workbench.reference.hooks import Seen
from workbench.reference.job import Job
from workbench.reference.pins import Pin
from workbench.reference.sample import sample

VERSION = 5
Manifest = dict[str, Any]


def make(
    job: Job,
    files: list[Pin],
    environment: Mapping[str, str | None],
    inputs: Mapping[str, torch.Tensor],
    taps: list[dict[str, Any]],
    draws: list[dict[str, Any]],
) -> Manifest:
    """The manifest of a capture whose float32 run is through; "float64" is null until that run cannot be made,
    "perturbed" until the one in its place cannot either."""
    return {
        "version": VERSION,
        **_subject(job),
        "pins": pins.as_json(files),
        "environment": dict(environment),
        "taps": taps,
        "draws": draws,
        "inputs": [{"name": name, **_form(plain(tensor))} for name, tensor in inputs.items()],
        "float64": None,
        "perturbed": None,
        "made_at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "made_by": f"{platform.node()} {_user()} python {platform.python_version()} torch {torch.__version__}",
    }


def tap(seen: Seen, stored: torch.Tensor) -> dict[str, Any]:
    """The manifest's entry for one tap, `stored` being its tensor as it goes to disk."""
    again = "#" in seen.name
    return {
        "name": seen.name,
        "kind": seen.kind,
        "class": seen.cls,
        **_form(stored),
        "file": seen.file,
        "line": seen.line,
        "parameters": bool(seen.own),
        "own": {name: {**_form(each), "sample": [] if again else sample(each)} for name, each in seen.own.items()},
        "settings": {} if again else seen.settings,
    }


def draw(drawn: Draw, stored: torch.Tensor, after: int) -> dict[str, Any]:
    """The manifest's entry for one draw after so many taps, `stored` being its tensor as it goes to disk."""
    place = {"file": drawn.file, "line": drawn.line}
    return {"name": drawn.name, "call": drawn.call, **_form(stored), **place, "after": after}


def read(path: Path, job: Job, environment: Mapping[str, str | None]) -> Manifest | None:
    """The manifest at `path` where it is of this job, from files and variables that are as they were; else None."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        wanted = {"version": VERSION, **_subject(job), "environment": dict(environment)}
        files = [Pin(**pin) for pin in manifest["pins"]]
        same = all(manifest[key] == value for key, value in wanted.items())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    complete = {str(path) for path in job.files} <= {file.path for file in files}
    return manifest if same and complete and all(pins.holds(file) for file in files) else None


def _subject(job: Job) -> dict[str, Any]:
    return {"stage": job.stage, "input": job.input, "config": job.config, "seed": job.seed}


def _form(stored: torch.Tensor) -> dict[str, Any]:
    return {"dtype": name_of(stored), "shape": list(stored.shape)}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a user that has no name.
        return str(os.getuid())

"""A temporary session with a small reference, and two doors to it: the service in this process, and a real worker."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from workbench.reference.failure import Failure
from workbench.reference.launch import command
from workbench.reference.service import Service

HEAD = """\
import torch
from torch import nn
from workbench.reference import checkpoint, stage, tap

"""


class Captured:
    """What a capture left in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def manifest(self) -> dict[str, Any]:
        return json.loads((self.folder / "manifest.json").read_text())

    @property
    def names(self) -> list[str]:
        return [tap["name"] for tap in self.manifest["taps"]]

    def tap(self, name: str) -> dict[str, Any]:
        return next(tap for tap in self.manifest["taps"] if tap["name"] == name)

    def tensors(self, file: str) -> dict[str, np.ndarray]:
        return load_file(self.folder / file)

    def json(self, file: str) -> dict[str, Any]:
        return json.loads((self.folder / file).read_text())

    @property
    def files(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}


class Session:
    """A session folder whose reference.py the test writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "reference.py"
        self.events: list[dict[str, Any]] = []
        self._service = Service(self.events.append)

    def write(self, source: str, head: str = HEAD) -> Session:
        self.path.write_text(head + textwrap.dedent(source))
        return self

    def line(self, text: str) -> int:
        lines = self.path.read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    @property
    def module(self) -> ModuleType:
        return sys.modules["reference"]

    def restart(self) -> None:
        forget()
        self._service = Service(self.events.append)

    def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        return self._service.answer({"do": do, **fields})

    def open(self, **fields: Any) -> dict[str, Any]:
        return self.ask("open", reference=str(self.path), **fields)

    def fields(self, **changes: Any) -> dict[str, Any]:
        out = str(self.folder / "capture")
        return {"stage": "net", "input": "a", "config": {}, "seed": 7, "weights": [], "out": out, **changes}

    def capture(self, **changes: Any) -> Captured:
        self.open()
        return Captured(Path(self.ask("capture", **self.fields(**changes))["out"]))

    def inject(self, taps: list[str], **changes: Any) -> Path:
        self.open()
        return Path(self.ask("inject", taps=taps, **self.fields(**changes))["out"])

    def refused(self, do: str, **fields: Any) -> str:
        with pytest.raises(Failure) as caught:
            self.ask(do, **fields)
        return str(caught.value)


class Worker:
    """A real worker process."""

    def __init__(self, argv: list[str] | None = None, **options: Any) -> None:
        self.process = subprocess.Popen(
            argv or command(sys.executable),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        # A worker that hangs fails its test.
        self.watchdog = threading.Timer(180, self.process.kill)
        self.watchdog.start()

    def send(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def event(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask(self, **request: Any) -> dict[str, Any]:
        self.send(json.dumps({"id": 1, **request}))
        event = self.event()
        while event["event"] == "progress":
            event = self.event()
        return event

    def close(self) -> str:
        """Close stdin, wait for the end, return stderr."""
        _, narration = self.process.communicate(timeout=60)
        return narration


def forget() -> None:
    for name in ("reference", "helper"):
        sys.modules.pop(name, None)


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    folder = tmp_path / "session"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Session(folder)
    forget()
    assert torch.get_default_dtype() is torch.float32


@pytest.fixture
def worker() -> Iterator[Callable[..., Worker]]:
    started: list[Worker] = []

    def start(argv: list[str] | None = None, **options: Any) -> Worker:
        started.append(Worker(argv, **options))
        return started[-1]

    yield start
    for one in started:
        one.watchdog.cancel()
        one.process.kill()
        one.process.communicate()

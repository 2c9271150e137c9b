"""What of this machine helps or hinders."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.engine.home import Home
from workbench.session.load import Loaded

NEEDED_WATCHES = 8192
NEEDED_INSTANCES = 128
SOUND_LIMIT = 10.0
"""Seconds: PortAudio hangs on a server that does not answer."""
INOTIFY = Path("/proc/sys/fs/inotify")


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `needed` findings that are not `good` break the set-up, others cost a feature."""

    name: str
    good: bool
    sentence: str
    needed: bool = False


def examine(loaded: Loaded | None, home: Home | None) -> Iterator[Finding]:
    """Yield every finding; with a session also those that only it asks for."""
    yield _program("cargo", ["cargo", "--version"], "install Rust with rustup", needed=True)
    yield from _inotify()
    yield _sound()
    yield _colour()
    if loaded and home:
        yield _torch(loaded)
        yield _pixi(loaded)
        yield _target(loaded, home)
        yield _home(home)


def _program(name: str, argv: list[str], remedy: str, needed: bool, limit: float | None = None) -> Finding:
    if shutil.which(argv[0]) is None:
        return Finding(name, False, f"{argv[0]} is not on PATH: {remedy}", needed)
    ran = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=limit)
    said = (ran.stdout or ran.stderr).strip().splitlines() or ["it said nothing"]
    return Finding(name, ran.returncode == 0, said[-1], needed)


def _inotify() -> Iterator[Finding]:
    for limit, wanted in (("max_user_watches", NEEDED_WATCHES), ("max_user_instances", NEEDED_INSTANCES)):
        path = INOTIFY / limit
        if path.exists():
            value = int(path.read_text())
            remedy = "" if value >= wanted else f"; raise it: sysctl fs.inotify.{limit}={wanted}"
            yield Finding(f"inotify {limit}", value >= wanted, f"{value}{remedy}")


def _sound() -> Finding:
    code = "import sounddevice as s; print(len(s.query_devices()), 'devices')"
    try:
        finding = _program("sound", [sys.executable, "-c", code], "", needed=False, limit=SOUND_LIMIT)
    except subprocess.TimeoutExpired:
        server = os.environ.get("PULSE_SERVER", "")
        return Finding("sound", False, f"the sound server {server} does not answer; `w` serves a page instead")
    if finding.good:
        return finding
    return Finding("sound", False, f"{finding.sentence}; install PortAudio: apt-get install libportaudio2")


def _colour() -> Finding:
    terminal, colour = os.environ.get("TERM", ""), os.environ.get("COLORTERM", "")
    if os.environ.get("NO_COLOR"):
        return Finding("colour", True, "NO_COLOR is set: marks carry every meaning")
    good = colour in ("truecolor", "24bit") or "256color" in terminal
    return Finding("colour", good, f"TERM={terminal or 'unset'} COLORTERM={colour or 'unset'}")


def _torch(loaded: Loaded) -> Finding:
    python = loaded.session.reference.python or sys.executable
    code = "import torch, numpy, safetensors; print('torch', torch.__version__)"
    remedy = "set reference.python to an interpreter that has torch, numpy and safetensors"
    return _program("reference", [python, "-c", code], remedy, needed=True)


def _pixi(loaded: Loaded) -> Finding:
    if not loaded.session.native.pixi:
        return Finding("pixi", True, "the session does not insist on it")
    return _program("pixi", ["pixi", "--version"], "install pixi, or set native.pixi = false", needed=True)


def _target(loaded: Loaded, home: Home) -> Finding:
    shared = home.target.resolve() == (loaded.manifest.parent / "target").resolve()
    advice = "an editor's cargo blocks every build there; unset WORKBENCH_TARGET"
    return Finding("target folder", not shared, f"{home.target}" + (f": {advice}" if shared else ""))


def _home(home: Home) -> Finding:
    home.root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home.root).free / (1 << 30)
    return Finding("disk", free > 10, f"{free:.0f} GiB free at {home.root}")

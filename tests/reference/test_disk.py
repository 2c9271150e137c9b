"""Full disks and interruptions."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

NET = """
    import os, time

    class Part(nn.Linear):
        def forward(self, x):
            # A test holds the run at this tap.
            name = os.environ.get("HOLD_" + str(x.dtype)[6:], "")
            while name and os.path.exists(name):
                time.sleep(0.01)
            return super().forward(x)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = nn.Sequential(*(nn.Linear(512, 512) for _ in range(4)), Part(512, 512))

        def forward(self, x):
            return self.parts(x)

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(1000, 512)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"])}
"""
SIZE = 1000 * 512 * 4
BASE = {f"{name}.safetensors" for name in ("inputs", "reference", "draws", "noise")} | {"noise.json", "manifest.json"}


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A file system of `size` bytes; root only."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
@pytest.mark.parametrize(
    ("room", "left"),
    [
        (SIZE // 2, set()),
        (3 * SIZE, {"inputs.safetensors"}),
        (12 * SIZE, {"inputs.safetensors", "reference.safetensors", "draws.safetensors", "manifest.partial.json"}),
    ],
    ids=["inputs", "float32", "float64"],
)
def test_a_full_disk_leaves_only_whole_files(session, tmp_path, room, left):
    session.write(NET).open()
    with small_disk(tmp_path / "disk", room) as disk:
        out = disk / "capture"
        error = session.refused("capture", **session.fields(out=str(out)))
        assert "could not be written: No space left on device; make room there, or set WORKBENCH_HOME" in error
        assert {path.name for path in out.iterdir()} == left
        subprocess.run(["mount", "-o", f"remount,size={64 * SIZE}", str(disk)], check=True)
        assert session.capture(out=str(out)).files == BASE


def test_a_file_that_may_not_grow_leaves_only_whole_files(session):
    session.write(NET).open()
    with small_files(3 * SIZE):
        error = session.refused("capture", **session.fields())
    assert "reference.safetensors could not be written: File too large" in error
    assert {path.name for path in (session.folder / "capture").iterdir()} == {"inputs.safetensors"}
    assert session.capture().files == BASE


def wait_for(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("run", ["float32", "float64"])
def test_a_killed_worker_leaves_a_capture_that_resumes(session, worker, run):
    session.write(NET)
    hold, out = session.folder / "hold", session.folder / "capture"
    hold.touch()
    one = worker(env={**os.environ, f"HOLD_{run}": str(hold)})
    one.ask(do="open", reference=str(session.path))
    one.send(json.dumps({"id": 2, "do": "capture", **session.fields()}))
    running = out / {"float32": "reference.safetensors.tmp", "float64": "noise.safetensors.tmp"}[run]
    wait_for(lambda: running.exists() and running.stat().st_size > 3 * SIZE)
    one.process.send_signal(signal.SIGKILL)
    one.process.wait()
    assert running.exists()
    assert not (out / "manifest.json").exists()
    hold.unlink()
    runs = []
    two = worker()
    two.ask(do="open", reference=str(session.path))
    two.send(json.dumps({"id": 2, "do": "capture", **session.fields()}))
    while (event := two.event())["event"] == "progress":
        runs.append(event["run"])
    assert event["event"] == "done"
    assert set(runs) == ({"float32", "float64"} if run == "float32" else {"float64"})
    resumed = session.capture()
    whole = session.capture(out=str(session.folder / "whole"))
    assert resumed.files == whole.files == BASE
    assert resumed.manifest["taps"] == whole.manifest["taps"]
    for file in ("reference.safetensors", "noise.safetensors"):
        one_file, other = resumed.tensors(file), whole.tensors(file)
        assert all(np.array_equal(one_file[name], other[name]) for name in other)


def test_a_resumed_capture_is_made_anew_where_the_sources_changed(session):
    captured = session.write(NET).capture()
    for name in ("noise.safetensors", "manifest.json"):
        (captured.folder / name).rename(session.folder / name)
    draft = (session.folder / "manifest.json").read_text()
    (captured.folder / "manifest.partial.json").write_text(draft)
    session.events.clear()
    session.capture()
    assert {event["run"] for event in session.events} == {"float64"}
    (captured.folder / "manifest.json").unlink()
    (captured.folder / "noise.safetensors").unlink()
    (captured.folder / "manifest.partial.json").write_text(draft)
    session.write(NET + "\n    print('edited')\n").restart()
    session.capture()
    assert {event["run"] for event in session.events} == {"float32", "float64"}


@pytest.mark.parametrize("name", ["reference.safetensors", "noise.safetensors", "inputs.safetensors", "noise.json"])
def test_a_file_that_was_cut_short_or_lost_is_made_again(session, name):
    captured = session.write(NET).capture()
    before = (captured.folder / name).read_bytes()
    if name.endswith(".json"):
        (captured.folder / name).unlink()
    else:
        os.truncate(captured.folder / name, len(before) // 2)
    session.capture()
    assert (captured.folder / name).read_bytes() == before


def test_two_workers_at_one_capture_wait_for_each_other(session, worker):
    session.write(NET)
    workers = [worker(), worker()]
    for one in workers:
        one.ask(do="open", reference=str(session.path))
    for one in workers:
        one.send(json.dumps({"id": 2, "do": "capture", **session.fields()}))
    runs = []
    for one in workers:
        while (event := one.event())["event"] == "progress":
            runs.append((one, event["run"], event["done"]))
        assert event["event"] == "done"
    assert len({one for one, _, _ in runs}) == 1


def test_what_another_run_left_half_written_is_removed(session):
    captured = session.write(NET).capture()
    (captured.folder / "injected-0.safetensors.tmp").write_text("half")
    assert session.capture().files == BASE

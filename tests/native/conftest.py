"""A tiny port compiled on the spot, a capture of what it should do, and a worker to run it in."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from safetensors.numpy import save_file

from workbench.native.client import NativeWorker
from workbench.native.protocol import Exited, Job, Loaded, Message, Request, RunDone, StageFailed, TapCompared

DATA = Path(__file__).parent / "data"
DIGEST = "00112233aabbccdd"
TAPS = [
    {"name": "net.first", "kind": "module", "parameters": True},
    {"name": "net.total", "kind": "tap", "parameters": False},
    {"name": "net.step", "kind": "tap", "parameters": False},
    {"name": "net.step#1", "kind": "tap", "parameters": False},
    {"name": "net.empty", "kind": "tap", "parameters": False},
    {"name": "net.renamed", "kind": "module", "parameters": True},
    {"name": "net.count", "kind": "tap", "parameters": False},
    {"name": "net.act", "kind": "module", "parameters": False},
    {"name": "threaded", "kind": "tap", "parameters": False},
    {"name": "y", "kind": "output", "parameters": False},
    {"name": "transposed", "kind": "output", "parameters": False},
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for this folder, since one worker serves it."""
    for item in items:
        if DATA.parent in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def reference(x: np.ndarray) -> dict[str, np.ndarray]:
    first = x * x.dtype.type(2)
    total = first + x
    y = total * x.dtype.type(0.5)
    return {
        "net.first": first, "net.total": total, "net.step": total, "net.step#1": total * x.dtype.type(2),
        "net.empty": np.zeros((0, 3), x.dtype), "net.renamed": total, "net.count": np.array([1, 2, 3]),
        "net.act": x, "threaded": np.ones(4, x.dtype), "y": y, "transposed": np.ascontiguousarray(np.swapaxes(y, 0, 1)),
    }  # fmt: skip


@pytest.fixture(scope="session")
def compile_c(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    def run(source: str, name: str, *flags: str) -> Path:
        folder = tmp_path_factory.mktemp("library")
        (folder / "source.c").write_text(source)
        command = ["cc", "-shared", "-fPIC", "-O1", *flags, "-o", str(folder / name), str(folder / "source.c")]
        subprocess.run(command, check=True)
        return folder / name

    return run


@pytest.fixture(scope="session")
def tiny(compile_c: Callable[..., Path]) -> Path:
    return compile_c((DATA / "tiny.c").read_text(), "libtiny.so", "-pthread")


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Noise of exactly 2⁻²⁰ everywhere, so that errors against R32 and against R64 differ."""
    x = np.random.default_rng(1).standard_normal((2, 5, 130)).astype(np.float32)
    expected = reference(x)
    noise = {name: np.full_like(value, 2.0**-20) for name, value in expected.items() if value.dtype == np.float32}
    folder = tmp_path / "capture"
    folder.mkdir()
    save_file({"x": x}, folder / "inputs.safetensors")
    save_file(expected, folder / "reference.safetensors")
    save_file(noise, folder / "noise.safetensors")
    save_file({k: np.zeros_like(v) for k, v in noise.items()}, folder / f"injected-{DIGEST}.safetensors")
    injected = {"taps": ["net.first", "net.total"], "stats": {}}
    (folder / f"injected-{DIGEST}.json").write_text(json.dumps(injected))
    (folder / "manifest.json").write_text(json.dumps({"version": 1, "taps": TAPS}))
    return folder


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def worker():
    async with NativeWorker() as worker:
        yield worker


class Checked:
    """The messages of one run, sorted out."""

    def __init__(self, messages: list[Message]) -> None:
        self.messages = messages
        assert isinstance(messages[-1], Exited)
        self.exited: Exited = messages[-1]

    def taps(self, run: str = "free") -> dict[str, TapCompared]:
        found = [message for message in self.messages if isinstance(message, TapCompared) and message.run == run]
        assert len({tap.name for tap in found}) == len(found)
        return {tap.name: tap for tap in found}

    def one(self, kind: type, run: str | None = None):
        found = [m for m in self.messages if isinstance(m, kind) and (run is None or m.run == run)]
        assert len(found) == 1, self.messages
        return found[0]

    @property
    def failed(self) -> StageFailed:
        return self.one(StageFailed)

    @property
    def loaded(self) -> Loaded:
        return self.one(Loaded)

    def done(self, run: str) -> RunDone:
        return self.one(RunDone, run)


@pytest.fixture
def check(worker: NativeWorker, tiny: Path, capture: Path):
    """Run a mode of the tiny port; keyword arguments go into the request."""

    async def run(
        mode: str = "", time_limit: float = 20.0, runs: tuple[str, ...] = ("injected", "free"), jobs: int = 1,
        lanes: int = 1, only: tuple[str, ...] = (), jobs_of: tuple[Job, ...] = (),
        **changes: object,
    ) -> Checked:  # fmt: skip
        digest = DIGEST if "injected" in runs else ""
        asked = tuple(Job(str(capture), digest, runs, number % lanes, only=only) for number in range(jobs))
        fields = {
            "artifact": str(tiny), "port": str(DATA / "port.py"), "stage": "tiny.net", "jobs": jobs_of or asked,
            "config": json.dumps({"mode": mode}), "prefix": "decoder.",
            "map": {"net.second_name": "net.renamed"}, **changes,
        }  # fmt: skip
        messages = [message async for message in worker.run(Request(**fields), time_limit)]
        return Checked(messages)

    return run

"""Finds the capture that a check needs, or has the reference worker make it."""

import asyncio
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence, Set
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from workbench.engine import capture_files as files
from workbench.engine import moved
from workbench.engine.capture_files import Capture
from workbench.engine.checkpoints import Checkpoints
from workbench.engine.feeds import Feed, environment
from workbench.engine.home import Home
from workbench.engine.reference_client import ReferenceWorker
from workbench.engine.reference_sources import ReferenceSources
from workbench.model.errors import WorkbenchError
from workbench.model.events import Event, Progress
from workbench.reference import launch
from workbench.session.load import Loaded

Emit = Callable[[Event], None]


class Captures:
    """The captures of one session at one size.

    Nothing here starts torch as long as what is on disk still fits its pins.
    """

    def __init__(self, loaded: Loaded, size: str, home: Home, worker: ReferenceWorker, emit: Emit) -> None:
        self._loaded, self._size, self._home = loaded, size, home
        self._worker, self._emit = worker, emit
        self._sources = ReferenceSources(loaded.folder)
        self._checkpoints = Checkpoints(loaded, size, home, worker, self._sources, self._progress)
        self._configs = {stage: loaded.stage_config(size, stage) for stage in loaded.session.stages}
        self._making: defaultdict[Path, asyncio.Lock] = defaultdict(asyncio.Lock)

    def config_text(self, stage: str) -> str:
        """Return the configuration that both sides of a stage are built from, as JSON."""
        return json.dumps(self._configs[stage])

    async def ensure(self, stage: str, input_name: str, feeds: Sequence[Feed] = ()) -> Capture:
        """Return a capture that fits the present, made now if need be; raises WorkbenchError."""
        weights = await self.weights(stage)
        folder = self._folder(stage, input_name, weights, feeds)
        async with self._making[folder]:
            return await self._ensured(stage, input_name, folder, weights, feeds)

    async def present(self, stage: str, input_name: str) -> Capture | None:
        """Return the capture that fits the present if it is there."""
        capture = files.read(self._folder(stage, input_name, await self.weights(stage)))
        return None if capture is None or files.moved(capture) else capture

    async def _ensured(
        self, stage: str, input_name: str, folder: Path, weights: list[Path], feeds: Sequence[Feed]
    ) -> Capture:
        capture = files.read(folder)
        if capture and files.moved(capture):
            shutil.rmtree(folder, ignore_errors=True)
            capture = None
        if capture is None:
            await self._ask("capture", folder, stage, input_name, weights, feeds=[feed.request for feed in feeds])
            capture = files.read(folder)
        if capture is None:
            raise WorkbenchError(
                f"the capture of {stage} on `{input_name}` in {folder} is not readable after it was made"
            )
        return capture

    async def inject(self, capture: Capture, names: list[str]) -> str:
        """Make sure that R64′ for this set of injected taps is there; returns the set's digest."""
        digest = files.set_digest(names)
        manifest = capture.manifest
        if capture.injected(digest):
            os.utime(capture.folder / f"injected-{digest}.json")
            return digest
        weights = await self.weights(manifest.stage)
        await self._ask("inject", capture.folder, manifest.stage, manifest.input, weights, taps=names)
        return digest

    async def search(
        self, capture: Capture, tap: str, port: Path, on_answer: Callable[[dict[str, Any]], None]
    ) -> dict[str, Any]:
        """Have the reference search for the change that gives the port's tensor in the file `port`.

        Every answer before the last goes to `on_answer`. Raises WorkbenchError.
        """
        manifest = capture.manifest
        weights = await self.weights(manifest.stage)
        factor = self._loaded.session.stages[manifest.stage].factor_of(tap)
        return await self._worker.search(
            on_answer, stage=manifest.stage, input=manifest.input, config=self._configs[manifest.stage],
            seed=self._seed, weights=[str(path) for path in weights], out=str(capture.folder), tap=tap,
            untapped=self._untapped(manifest.stage), digest=capture.newest_injected(), port=str(port),
            factor=[factor.rms, factor.max],
        )  # fmt: skip

    async def weights(self, stage: str) -> list[Path]:
        """Return the stage's checkpoints as safetensors: found, converted, or made by the reference."""
        return await self._checkpoints.of(stage)

    def sources(self) -> frozenset[Path]:
        """Return the session's own files that make the reference what it is."""
        return self._sources.files()

    def hangs_on(self, stage: str, paths: Set[Path]) -> bool:
        """Return whether the last check of a stage went by one of these files."""
        folder = self._family(stage)
        last = [moved.last_manifest(folder / name) for name in self._loaded.session.stages[stage].inputs]
        return any(Path(pin.path) in paths for manifest in last if manifest for pin in manifest.pins)

    def _family(self, stage: str) -> Path:
        return self._home.captures / self._loaded.session.name / self._size / stage

    def _folder(self, stage: str, input_name: str, weights: list[Path], feeds: Sequence[Feed] = ()) -> Path:
        chain = self._loaded.session.chain
        linked = environment(chain) if chain and input_name == chain.input else {}
        key = files.key_of(
            feeds=[feed.key for feed in feeds], chain=linked,
            stage=stage, input=input_name, config=self._configs[stage], seed=self._seed,
            weights=[(path.name, path.stat().st_size) for path in weights],
            untapped=self._untapped(stage), environment=self._environment(), maker=_maker(),
            python=self._loaded.session.reference.python,
        )  # fmt: skip
        return self._family(stage) / input_name / key

    async def _ask(self, do: str, folder: Path, stage: str, input_name: str, weights: list[Path], **more: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        await self._worker.ask(
            do, self._progress(f"{stage} on {input_name}"), stage=stage, input=input_name,
            config=self._configs[stage], seed=self._seed, weights=[str(path) for path in weights],
            out=str(folder), untapped=self._untapped(stage), **more,
        )  # fmt: skip

    def _progress(self, label: str) -> Callable[[dict[str, Any]], None]:
        def emit(answer: dict[str, Any]) -> None:
            run = answer.get("run", "")
            self._emit(
                Progress(
                    task="capture", label=f"{label}, {run}" if run else label, done=answer.get("done") or 0,
                    total=answer.get("total") or 0,
                )
            )  # fmt: skip

        return emit

    def _untapped(self, stage: str) -> tuple[str, ...]:
        return self._loaded.session.stages[stage].untapped

    @property
    def _seed(self) -> int:
        return self._loaded.session.reference.seed

    def _environment(self) -> dict[str, str | None]:
        return {name: os.environ.get(name) for name in self._loaded.session.reference.environment}


@cache
def _maker() -> str:
    """Digest of the package that makes captures: another one may record something else."""
    package = Path(launch.__file__).parent
    digest = blake2b(digest_size=12)
    for path in sorted(package.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()

"""Finds the checkpoints of a session as safetensors: as they are, converted, or made by the reference."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.engine import capture_files as files
from workbench.engine.home import Home
from workbench.engine.reference_client import ReferenceWorker
from workbench.engine.reference_sources import ReferenceSources
from workbench.model.errors import WorkbenchError
from workbench.session.load import Loaded

KEPT = 2
Watch = Callable[[str], Callable[[dict[str, Any]], None]]


class Checkpoints:
    """The checkpoints of one session at one size.

    What is made here is named by its content, so that another way to the same weights makes no capture stale.
    """

    def __init__(
        self, loaded: Loaded, size: str, home: Home, worker: ReferenceWorker, sources: ReferenceSources, watch: Watch
    ) -> None:
        self._loaded, self._size, self._home = loaded, size, home
        self._worker, self._sources, self._watch = worker, sources, watch
        self._config = loaded.config(size)
        self._making: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, stage: str) -> list[Path]:
        """Return a stage's checkpoints; raises WorkbenchError."""
        return [await self._checkpoint(name) for name in self._loaded.session.stages[stage].weights]

    async def _checkpoint(self, name: str) -> Path:
        found = self._loaded.checkpoint_file(name, self._size)
        if found and found.suffix == ".safetensors":
            return found
        if found:
            stat = found.stat()
            key = files.key_of(path=found, size=stat.st_size, mtime=stat.st_mtime_ns)
            return await self._made(name, key, "convert", source=str(found))
        declared = self._loaded.session.checkpoints[name]
        if not declared.synthetic:
            variables = ", ".join(declared.files)
            raise WorkbenchError(
                f"checkpoint `{name}` is nowhere: set the variable in {variables}, or `synthetic = true`"
            )
        seed = self._loaded.session.reference.seed
        key = files.key_of(config=self._config, seed=seed, sources=self._sources.digest())
        return await self._made(name, key, "checkpoint", name=name, config=self._config, seed=seed)

    async def _made(self, label: str, key: str, do: str, **fields: Any) -> Path:
        """Return what was made under a key before, or have it made."""
        family = f"{self._loaded.session.name}-{self._size}-{label}"
        note = self._home.checkpoints / f"{family}-{key}.name"
        async with self._making[family]:
            out = note.with_name(note.read_text()) if note.exists() else None
            if out is None or not out.exists():
                note.parent.mkdir(parents=True, exist_ok=True)
                draft = note.with_suffix(".safetensors")
                await self._worker.ask(do, self._watch(f"checkpoint {label}"), out=str(draft), **fields)
                out = await asyncio.to_thread(_named_by_content, draft, family)
                _write(note, out.name)
                _prune(note.parent, family)
        return out


def _named_by_content(draft: Path, family: str) -> Path:
    """Give a file the name of its content; one of that name is the same and stays, its stamp with it."""
    out = draft.with_name(f"{family}-{files.digest_of(draft, 12)}.safetensors")
    if out.exists():
        draft.unlink()
    else:
        draft.rename(out)
    return out


def _prune(folder: Path, family: str) -> None:
    """Keep what the newest notes name."""
    notes = sorted(folder.glob(f"{family}-*.name"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    kept = {note.read_text() for note in notes[:KEPT]}
    for old in [*notes[KEPT:], *(path for path in folder.glob(f"{family}-*.safetensors") if path.name not in kept)]:
        old.unlink(missing_ok=True)


def _write(note: Path, name: str) -> None:
    draft = note.with_suffix(".draft")
    draft.write_text(name)
    draft.replace(note)

"""From a workspace to the cargo arguments that build it with tapped layers."""

import hashlib
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workbench.build.instrument.layers import instrument_core, instrument_nn
from workbench.build.instrument.lock import Lock, Package, read_lock
from workbench.build.instrument.patch import Sources, UnknownSource
from workbench.build.instrument.vendor import (
    Replacements,
    VendorError,
    cargo_args,
    configured_sources,
    move_crates,
    vendor,
)


@dataclass(frozen=True)
class Instrumented:
    """A build whose layers are tapped.

    `cargo_args` go behind `cargo build`. `versions` are the candle-nn versions that are tapped. A shared object
    exports `workbench_layers_install_v1` and `workbench_keys_read_v1`, each with one of `suffixes` behind it: empty,
    and one more for each further version, of which a shared object may contain any. `notes` says in one sentence each
    which candle-nn stays plain.
    """

    cargo_args: tuple[str, ...]
    versions: tuple[str, ...]
    suffixes: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plain:
    """A build whose layers are not tapped, and the one sentence why."""

    reason: str


def instrument(
    workspace_manifest: Path, cache: Path, cargo: Sequence[str], env: Mapping[str, str]
) -> Instrumented | Plain:
    """Vendors the workspace's dependencies into `cache`, taps candle-nn there, and says how to call cargo.

    The first call for a lock file runs `cargo vendor`; later ones only read the lock file. Nothing is written into the
    workspace. Raises OSError when `cache` cannot be written or cargo cannot be started.
    """
    workspace = workspace_manifest.resolve().parent
    try:
        text = (workspace / "Cargo.lock").read_text("utf-8")
        lock = read_lock(text)
    except FileNotFoundError:
        return Plain(f"{workspace} has no Cargo.lock, which `cargo generate-lockfile` makes; layers are not tapped")
    except (ValueError, KeyError) as error:
        return Plain(f"{workspace / 'Cargo.lock'} cannot be read ({error}); layers are not tapped")
    if not lock.layers:
        return Plain("; ".join(lock.refusals) or "Cargo.lock has no candle-nn, so there are no layers to tap")
    configured = configured_sources(workspace, env)
    pool = cache.resolve() / _pool(lock, configured)
    record = pool / "locks" / f"{_digest(text)}.json"
    if not record.is_file():
        try:
            _make(workspace, lock, record, cargo, env)
        except VendorError as error:
            return Plain(f"{error}; built plain, layers are not tapped")
    return _result(json.loads(record.read_text("utf-8")), configured, pool / "crates")


def _result(record: Mapping[str, Any], configured: Replacements, crates: Path) -> Instrumented | Plain:
    suffixes, notes = record["suffixes"], tuple(record["notes"])
    if not suffixes:
        return Plain("; ".join(notes))
    args = cargo_args(record["sources"], configured, crates)
    return Instrumented(args, tuple(suffixes), tuple(suffixes.values()), notes)


def _make(workspace: Path, lock: Lock, record: Path, cargo: Sequence[str], env: Mapping[str, str]) -> None:
    """Fills the pool with what this lock needs, then writes the record."""
    pool = record.parent.parent
    record.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=pool, prefix="new-") as folder:
        new = Path(folder)
        sources = vendor(workspace, new / "crates", cargo, env)
        suffixes, notes = _tap(lock, new / "crates")
        move_crates(new / "crates", pool / "crates")
        whole = {"sources": sources, "suffixes": suffixes, "notes": [*lock.refusals, *notes]}
        (new / "record").write_text(json.dumps(whole), "utf-8")
        (new / "record").rename(record)


def _tap(lock: Lock, crates: Path) -> tuple[dict[str, str], list[str]]:
    """Instruments every known candle-nn: version → suffix of its exported names, and what was refused."""
    suffixes: dict[str, str] = {}
    notes: list[str] = []
    for layers in lock.layers:
        suffix = re.sub(r"\W", "_", f".{layers.version}") if layers != lock.layers[0] else ""
        try:
            _tap_one(layers, lock.cores_of(layers), crates, suffix)
            suffixes[layers.version] = suffix
        except UnknownSource as error:
            notes.append(f"{error}; built plain, its layers are not tapped")
    return suffixes, notes


def _tap_one(layers: Package, cores: Sequence[Package], crates: Path, suffix: str) -> None:
    changed = [Sources(crates / package.folder) for package in (layers, *cores)]
    instrument_nn(changed[0], suffix)
    for core in changed[1:]:
        instrument_core(core)
    for sources in changed:
        sources.save()


def _pool(lock: Lock, configured: Replacements) -> str:
    """One folder of crates for all locks in which a name and a version mean the same (instrumented) source."""
    return _digest(repr((_own_source(), configured, lock.layers, lock.cores, lock.sources)))


@cache
def _own_source() -> bytes:
    folder = Path(__file__).parent
    return b"".join(path.read_bytes() for path in sorted((*folder.glob("*.py"), *folder.glob("runtime/*.rs"))))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

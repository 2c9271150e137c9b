"""How many packages a build has, for an honest progress bar, and under which settings the last one was made."""

import os
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path

import msgspec

from workbench.build import processes
from workbench.build.cargo import Call


class Memory(msgspec.Struct, frozen=True):
    """What the last good build into a target folder had; `settings` is a digest of manifests, lock and arguments."""

    packages: int = 0
    settings: str = ""


def digest(files: Iterable[Path], arguments: Iterable[str]) -> str:
    """Return a digest of files, absent ones included, and of arguments."""
    said = blake2b(digest_size=12)
    for path in sorted(files):
        said.update(path.read_bytes() if path.is_file() else b"none")
    for argument in arguments:
        said.update(b"\0" + argument.encode())
    return said.hexdigest()


def recall(target: Path, name: str) -> Memory:
    """Return what is remembered of the builds that are called `name`, or an empty memory."""
    try:
        return msgspec.json.decode(_file(target, name).read_bytes(), type=Memory)
    except (OSError, msgspec.MsgspecError):
        return Memory()


def remember(target: Path, name: str, memory: Memory) -> None:
    """Keep it for the next build."""
    file = _file(target, name)
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(msgspec.json.encode(memory))
    fresh.replace(file)


async def count(call: Call, environment: Mapping[str, str]) -> int:
    """Return how many packages cargo would compile for a call on this machine; 0 when it does not say.

    `cargo tree` reads every manifest as a build does, so this is for the first build only, which takes minutes.
    Raises TimeoutError when it takes a minute itself.
    """
    command = [call.cargo, "tree", "--edges=normal,build", "--prefix=none", *call.selection()]
    said = await processes.collect(command, cwd=call.manifest.parent, environment=environment)
    return len({tuple(line.split()[:2]) for line in said.stdout.splitlines() if line}) if said.code == 0 else 0


def _file(target: Path, name: str) -> Path:
    return target / f"workbench-{name}.json"

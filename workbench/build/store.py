"""The builds of a session: each good artifact under the hash of its content, numbered, the newest kept."""

import contextlib
import errno
import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from hashlib import file_digest, sha256
from pathlib import Path

import msgspec

from workbench.model.build import Build, Card, Runs
from workbench.model.errors import WorkbenchError

KEEP = 50
"""Builds that are kept when nobody says otherwise."""

_RECORD = "build.json"
_PIN = "pinned"
_DIGITS = 32
"""Of SHA-256, which processors have instructions for: a build is hashed while its check waits."""


class Store:
    """`<folder>/<hash>/lib….so` with a `build.json` each; several workbenches may share one folder.

    `made_at` of a build that is made again moves, its number stays. Every method may block; none needs the folder
    to exist.
    """

    def __init__(self, folder: Path, keep: int = KEEP) -> None:
        self.folder = folder
        self._keep = keep
        self._last = 0

    def put(
        self,
        artifact: Path,
        *,
        profile: str,
        seconds: float,
        layers: bool,
        plain_reason: str,
        suffixes: tuple[str, ...] = ("",),
        runs: Runs = "module",
        site: Path | None = None,
        card: Card | None = None,
    ) -> Build:
        """Copy an artifact in and return its record; raises WorkbenchError when the disk does not take it.

        Of a `site`, a folder that holds the artifact, everything is copied. `fresh` is true when the same content was
        there before.
        """
        try:
            with self._locked(), self._scratch() as scratch:
                inside = artifact.relative_to(site.parent) if site else Path(artifact.name)
                identity = _copy_any(site or artifact, scratch / inside.parts[0])
                known = self._read(identity)
                build = Build(
                    id=identity,
                    number=known.number if known else self._next_number(),
                    artifact=str(self.folder / identity / inside),
                    profile=profile,
                    made_at=time.time(),
                    seconds=seconds,
                    layers=layers,
                    plain_reason=plain_reason,
                    fresh=known is not None,
                    suffixes=suffixes,
                    runs=runs,
                    site=str(self.folder / identity / inside.parts[0]) if site else "",
                    card=card or Card(),
                )
                self._write(scratch, build)
                self._prune(identity)
                return build
        except OSError as error:
            raise WorkbenchError(_sentence(error, self.folder)) from error

    def builds(self) -> list[Build]:
        """Return what is kept, the newest first."""
        names = [path.name for path in self.folder.iterdir()] if self.folder.is_dir() else []
        found = [build for name in names if (build := self._read(name))]
        return sorted(found, key=lambda build: build.made_at, reverse=True)

    def newest(self) -> Build | None:
        """Return the build that was made last."""
        return next(iter(self.builds()), None)

    def find(self, text: str) -> Build | None:
        """Return a build by its number (`37` or `#37`) or by the start of its hash."""
        wanted = text.removeprefix("#")
        builds = self.builds()
        by_number = (build for build in builds if wanted == str(build.number))
        by_hash = (build for build in builds if len(wanted) >= 4 and build.id.startswith(wanted))
        return next(by_number, None) or next(by_hash, None)

    def pin(self, build: Build, on: bool = True) -> None:
        """Keep a build for ever, or no longer."""
        mark = self.folder / build.id / _PIN
        if on:
            mark.touch()
        else:
            mark.unlink(missing_ok=True)

    def pinned(self) -> list[Build]:
        """Return what is kept for ever, the newest first."""
        return [build for build in self.builds() if (self.folder / build.id / _PIN).exists()]

    def _read(self, name: str) -> Build | None:
        """Return one record; None for what is no build, half deleted or empty after a crash of the machine."""
        folder = self.folder / name
        try:
            build = msgspec.json.decode((folder / _RECORD).read_bytes(), type=Build)
            artifact = folder / build.artifact
            whole = artifact.stat().st_size > 0
        except (OSError, msgspec.MsgspecError):
            return None
        site = str(folder / build.site) if build.site else ""
        return msgspec.structs.replace(build, artifact=str(artifact), site=site) if whole else None

    def _write(self, scratch: Path, build: Build) -> None:
        home = self.folder / build.id
        inside = str(Path(build.artifact).relative_to(home))
        site = Path(build.site).name if build.site else ""
        record = msgspec.structs.replace(build, artifact=inside, site=site, fresh=False)
        (scratch / _RECORD).write_bytes(msgspec.json.encode(record))
        if build.fresh:
            (scratch / _RECORD).replace(home / _RECORD)
            return
        shutil.rmtree(home, ignore_errors=True)
        scratch.rename(home)

    def _next_number(self) -> int:
        counter = self.folder / "last-number"
        with contextlib.suppress(OSError, ValueError):
            self._last = max(self._last, int(counter.read_text()))
        self._last = max([self._last, *(build.number for build in self.builds())]) + 1
        fresh = counter.with_suffix(".new")
        fresh.write_text(str(self._last))
        fresh.replace(counter)
        return self._last

    def _prune(self, current: str) -> None:
        for leftover in self.folder.glob(".new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        for build in self.builds()[self._keep :]:
            folder = self.folder / build.id
            if build.id != current and not (folder / _PIN).exists():
                (folder / _RECORD).unlink(missing_ok=True)
                shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one workbench at a time in; the kernel drops the lock of one that dies."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextlib.contextmanager
    def _scratch(self) -> Iterator[Path]:
        self.folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=self.folder))
        scratch.chmod(0o755)
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _copy_any(source: Path, target: Path) -> str:
    """Copy a file or a folder and return the hash of its content; what describes a wheel is no content."""
    if source.is_file():
        return _copy(source, target)
    digest = sha256()
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        inside = file.relative_to(source)
        (target / inside).parent.mkdir(parents=True, exist_ok=True)
        content = _copy(file, target / inside)
        if not inside.parts[0].endswith(".dist-info"):
            digest.update(f"{inside}\0{content}\0".encode())
    target.mkdir(exist_ok=True)
    return digest.hexdigest()[:_DIGITS]


def _copy(source: Path, target: Path) -> str:
    """Copy a file and return the hash of what was written."""
    shutil.copyfile(source, target)
    shutil.copystat(source, target)
    target.chmod(target.stat().st_mode | 0o600)
    with target.open("rb") as written:
        return file_digest(written, "sha256").hexdigest()[:_DIGITS]


def _sentence(error: OSError, folder: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: the build could not be kept in {folder}; free some space and build again."
    return f"The build could not be kept in {folder}: {error.strerror or error}."

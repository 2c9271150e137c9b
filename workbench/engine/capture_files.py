"""Captures on disk as the engine sees them: found, checked against what they pin, never computed here."""

import json
import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from workbench.compare.floor import Noise
from workbench.model.draws import Draw


class Pin(msgspec.Struct, frozen=True):
    """One file that a capture depends on."""

    path: str
    size: int
    mtime_ns: int
    blake2: str

    def moved(self) -> bool:
        """Return whether the file is another one now; its content is read only when its stamp moved."""
        try:
            stat = Path(self.path).stat()
            if (stat.st_size, stat.st_mtime_ns) == (self.size, self.mtime_ns):
                return False
            return stat.st_size != self.size or digest_of(Path(self.path), len(self.blake2) // 2) != self.blake2
        except OSError:
            return True


class OwnForm(msgspec.Struct, frozen=True):
    """Dtype and shape of one parameter of a module of the reference, and some elements by their flat index."""

    dtype: str
    shape: tuple[int, ...]
    sample: tuple[tuple[int, float], ...] = ()


class ManifestTap(msgspec.Struct, frozen=True):
    """One tap of the reference, in execution order.

    `own` are its module's own parameters by name, `settings` what the module was made with, by attribute.
    """

    name: str
    kind: str
    dtype: str
    shape: tuple[int, ...]
    file: str = ""
    line: int = 0
    parameters: bool = False
    own: dict[str, OwnForm] = {}
    settings: dict[str, bool | int | float | str] = {}


class ManifestInput(msgspec.Struct, frozen=True):
    """One input of the stage."""

    name: str


class Manifest(msgspec.Struct, frozen=True):
    """`manifest.json` of a capture."""

    stage: str
    input: str
    config: dict[str, Any]
    seed: int
    pins: tuple[Pin, ...]
    environment: dict[str, str | None]
    taps: tuple[ManifestTap, ...]
    inputs: tuple[ManifestInput, ...] = ()
    draws: tuple[Draw, ...] = ()
    float64: str | None = None
    """Why there is no float64 run, where there is none."""
    perturbed: str | None = None
    """Why there is no perturbed run in its place, where there is neither."""

    @property
    def floored(self) -> bool:
        """Whether the reference's own noise is known."""
        return self.float64 is None or self.perturbed is None


class Spread(msgspec.Struct, frozen=True):
    """`noise.json` per tap: the float64 reference and the float32 reference's distance to it.

    Where there is no float64 run: the float32 reference and its distance to a perturbed run.
    """

    rms: float
    max: float
    noise_rms: float
    noise_max: float
    std: float = 0.0
    nan: int = 0
    inf: int = 0

    @property
    def noise(self) -> Noise:
        """The part that the floor needs."""
        return Noise(self.rms, self.max, self.noise_rms, self.noise_max)


class _Injected(msgspec.Struct, frozen=True):
    taps: tuple[str, ...]
    stats: dict[str, Spread]


class _Entry(msgspec.Struct, frozen=True):
    data_offsets: tuple[int, int]


DAMAGE = (OSError, ValueError, msgspec.MsgspecError)
"""What reading a damaged file raises; text that is not UTF-8 is a ValueError."""


@dataclass(frozen=True)
class Capture:
    """A complete capture: its folder, its manifest and the reference's own noise."""

    folder: Path
    manifest: Manifest
    noise: dict[str, Spread]

    def injected(self, digest: str) -> dict[str, Spread]:
        """Return the noise between R32 and R64′ for one set of injected taps; empty when there is none undamaged."""
        path = self.folder / f"injected-{digest}.json"
        try:
            if self.manifest.float64 is None:
                _check_whole(path.with_suffix(".safetensors"))
            return msgspec.json.decode(path.read_bytes(), type=_Injected).stats
        except DAMAGE:
            return {}

    def newest_injected(self) -> str:
        """Return the digest of the undamaged set that was used last; empty when there is none."""
        found = sorted(self.folder.glob("injected-*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        digests = (path.stem.removeprefix("injected-") for path in found)
        return next((digest for digest in digests if self.injected(digest)), "")


def read(folder: Path) -> Capture | None:
    """Return the capture in a folder; None when it is not complete or damaged, so that it is made again."""
    try:
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
        for name in ("inputs", "reference", *(["noise"] if manifest.float64 is None else [])):
            _check_whole(folder / f"{name}.safetensors")
        told = (folder / "noise.json").read_bytes() if manifest.floored else b"{}"
        noise = msgspec.json.decode(told, type=dict[str, Spread])
    except DAMAGE:
        return None
    return Capture(folder, manifest, noise)


def manifest(path: Path) -> Manifest | None:
    """Return the manifest in a file; None where there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except DAMAGE:
        return None


def moved(capture: Capture) -> list[str]:
    """Return the pinned files that are no longer what the capture was made from."""
    return [pin.path for pin in capture.manifest.pins if pin.moved()]


def _check_whole(path: Path) -> None:
    """Raise one of DAMAGE where a safetensors file is not as long as its header says, or has none."""
    with path.open("rb") as file:
        length, size = int.from_bytes(file.read(8), "little"), os.fstat(file.fileno()).st_size
        header = msgspec.json.decode(file.read(min(length, size)), type=dict[str, msgspec.Raw])
    header.pop("__metadata__", None)
    ends = [msgspec.json.decode(entry, type=_Entry).data_offsets[1] for entry in header.values()]
    if 8 + length + max(ends, default=0) != size:
        raise ValueError(f"{path} is cut off")


def set_digest(names: list[str]) -> str:
    """Name a set of injected taps: 8 bytes of blake2b over the sorted names."""
    return blake2b("\n".join(sorted(names)).encode(), digest_size=8).hexdigest()


def key_of(**parts: object) -> str:
    """Return the content key of a request, 12 bytes of blake2b over its sorted JSON."""
    return blake2b(json.dumps(parts, sort_keys=True, default=str).encode(), digest_size=12).hexdigest()


def digest_of(path: Path, size: int = 16) -> str:
    """Return the blake2b of a file's content as hex."""
    digest = blake2b(digest_size=size)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()

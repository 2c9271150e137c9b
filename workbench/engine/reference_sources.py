"""The session's own files that make the reference what it is."""

from hashlib import blake2b
from pathlib import Path

SUFFIXES = (".py", ".json")


class ReferenceSources:
    """The Python and JSON files below a session's folder, read again only when a stamp moved."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: tuple[tuple[tuple[Path, int, int], ...], str] = (), ""

    def files(self) -> frozenset[Path]:
        """Return them as they are now."""
        return frozenset(path for path in self._folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())

    def digest(self) -> str:
        """Return 12 bytes of blake2b over all of their names and contents, as hex."""
        paths = sorted(self.files())
        stamps = tuple((path, stat.st_mtime_ns, stat.st_size) for path in paths for stat in [path.stat()])
        if self._known[0] != stamps:
            digest = blake2b(digest_size=12)
            for path in paths:
                digest.update(str(path.relative_to(self._folder)).encode() + b"\0" + path.read_bytes() + b"\0")
            self._known = stamps, digest.hexdigest()
        return self._known[1]

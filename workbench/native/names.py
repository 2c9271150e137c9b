"""Native tap names to reference names."""


class Names:
    """The names of one run: the prefix goes, the session's map applies, repeats are numbered `#1`, `#2`, …"""

    def __init__(self, prefix: str, renamed: dict[str, str]) -> None:
        self._prefix = prefix
        self._renamed = renamed
        self._stems: dict[bytes, str] = {}
        self._seen: dict[str, int] = {}

    def next(self, native: bytes) -> str:
        """Return the reference name of the tap that the port calls `native` (UTF-8) this time."""
        stem = self._stems.get(native) or self._stem(native)
        times = self._seen.get(stem, 0)
        self._seen[stem] = times + 1
        return f"{stem}#{times}" if times else stem

    def _stem(self, native: bytes) -> str:
        name = native.decode(errors="replace").removeprefix(self._prefix)
        return self._stems.setdefault(native, self._renamed.get(name, name))

"""In which line of a TOML text a key stands; tomllib keeps no positions."""

import re
from collections.abc import Iterator

_HEADER = re.compile(r"^\s*\[\[?(?P<name>[^\]]+)\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*(?P<key>(?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^."'\s]+))\s*\.?""")


def line_of(text: str, path: tuple[str, ...]) -> int:
    """Return the 1-based line of the longest part of `path` that the text declares; 1 when it has none of it."""
    best, line = 0, 1
    for number, declared in _declared(text):
        shared = _shared(declared, path)
        if shared > best:
            best, line = shared, number
    return line


def _declared(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _split(header["name"])
            yield number, table
        elif key := _KEY.match(line):
            yield number, table + _split(key["key"])


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(next(part for part in match.groups() if part is not None) for match in _PART.finditer(dotted))


def _shared(declared: tuple[str, ...], path: tuple[str, ...]) -> int:
    length = 0
    for left, right in zip(declared, path, strict=False):
        if left != right:
            break
        length += 1
    return length

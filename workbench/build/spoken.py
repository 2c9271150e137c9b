"""Diagnostics out of what a compiler prints for people, where there is no JSON: rustc's form, and gcc's."""

import re
from collections.abc import Iterator

from workbench.build.narration import plain
from workbench.model.build import Diagnostic

_HEAD = re.compile(r"(error|warning)(?:\[(\w+)\])?: (.+)")
_PLACE = re.compile(r"\s*--> (.+?):(\d+):(\d+)")
_GNU = re.compile(r"([^\s:][^:]*):(\d+):(?:(\d+):)? (?:fatal )?(error|warning): (.+)")
_SUMMARY = re.compile(r"could not compile|aborting due to|.* generated \d+ warning|\d+ warnings? emitted")


class Spoken:
    """Takes lines as they come and gives each diagnostic once it is whole."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def take(self, line: str) -> Iterator[Diagnostic]:
        """Yield what a line completes."""
        text = plain(line)
        if _HEAD.match(text) or not text.strip():
            yield from self.end()
        if self._lines or _HEAD.match(text):
            self._lines.append(line)
        elif found := _GNU.match(text):
            file, number, column, level, message = found.groups()
            yield Diagnostic(level, message, line, file, int(number), int(column or 0))

    def end(self) -> Iterator[Diagnostic]:
        """Yield what is open."""
        lines, self._lines = self._lines, []
        head = _HEAD.match(plain(lines[0])) if lines else None
        if head is None or _SUMMARY.match(head[3]):
            return
        place = next((found for line in lines if (found := _PLACE.match(plain(line)))), None)
        file, line, column = (place[1], int(place[2]), int(place[3])) if place else ("", 0, 0)
        yield Diagnostic(head[1], head[3], "\n".join(lines), file, line, column, head[2] or "")

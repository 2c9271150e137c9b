"""Changes to one vendored crate: all of them in memory first, written only when every place was found.

Functions and `impl` blocks are found by their indentation: the known versions of candle are laid out by rustfmt.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class UnknownSource(Exception):
    """The crate's source is not what its version number promises; the text is one sentence."""


@dataclass(frozen=True)
class Edit:
    """Marks one function `#[track_caller]` and puts its body between `before` and `after`."""

    file: str
    type: str
    function: str
    before: str = ""
    after: str = ""
    trait: str = ""

    @property
    def place(self) -> str:
        """The function as a reader would look for it."""
        owner = f"{self.trait} for {self.type}" if self.trait else self.type
        return f"`fn {self.function}` of `{owner}` in src/{self.file}"


class Sources:
    """The `src` folder of one crate, changed in memory."""

    def __init__(self, crate: Path) -> None:
        self._folder = crate
        self.crate = crate.name
        self._texts = {
            path.relative_to(crate / "src").as_posix(): path.read_text("utf-8")
            for path in sorted((crate / "src").rglob("*.rs"))
        }

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._texts.items())

    def __getitem__(self, file: str) -> str:
        if file not in self._texts:
            raise UnknownSource(f"{self.crate} has no src/{file}")
        return self._texts[file]

    def __setitem__(self, file: str, text: str) -> None:
        self._texts[file] = text

    def apply(self, edit: Edit) -> None:
        """Makes one edit; raises UnknownSource when its function is not there exactly once."""
        text = self[edit.file]
        found = [
            function
            for block in re.finditer(_block(edit), text, re.M | re.S)
            for function in re.compile(_function(edit.function), re.M | re.S).finditer(text, *block.span())
        ]
        if len(found) != 1:
            raise UnknownSource(f"{self.crate} has {len(found)} times, not once, {edit.place}")
        self[edit.file] = text[: found[0].start()] + _wrapped(found[0], edit) + text[found[0].end() :]

    def save(self) -> None:
        """Writes all texts and empties the checksums that cargo would compare them with."""
        for file, text in self._texts.items():
            path = self._folder / "src" / file
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        checksum = self._folder / ".cargo-checksum.json"
        checksum.write_text(json.dumps({**json.loads(checksum.read_text("utf-8")), "files": {}}), "utf-8")


def _block(edit: Edit) -> str:
    trait = rf"(?:\w+::)*{edit.trait} for " if edit.trait else ""
    return rf"^impl(?:<[^\n]*>)? {trait}{edit.type}(?:<[^\n]*>)? \{{$.*?^\}}$"


def _function(name: str) -> str:
    return rf"^    (?P<head>(?:pub )?fn {name}\b.*?\{{)$(?P<body>.*?)^    \}}$"


def _wrapped(function: re.Match[str], edit: Edit) -> str:
    return f"    #[track_caller]\n    {function['head']}\n{edit.before}{function['body']}{edit.after}\n    }}"

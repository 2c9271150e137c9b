"""What was edited: the build's own sources against those of the last build that passed."""

import json
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

FILE = "sources.json"
Texts = dict[str, str]


def snapshot(paths: list[Path], root: Path) -> Texts:
    """Return the text of every Rust source below `root`, by its path relative to it."""
    texts: Texts = {}
    for path in paths:
        if path.suffix == ".rs" and path.is_relative_to(root) and path.is_file():
            texts[path.relative_to(root).as_posix()] = path.read_text("utf-8", errors="replace")
    return texts


def save(texts: Texts, build_folder: Path) -> None:
    """Keep the sources beside the build that they made."""
    temporary = build_folder / f"{FILE}.new"
    temporary.write_text(json.dumps(texts))
    temporary.replace(build_folder / FILE)


def saved(build_folder: Path) -> Texts:
    """Return the sources of a kept build; empty when it has none."""
    path = build_folder / FILE
    return json.loads(path.read_text()) if path.exists() else {}


def changed_lines(before: str, after: str) -> list[int]:
    """Return the 1-based lines of `after` that are not in `before`; where lines were only removed, the line there."""
    lines: list[int] = []
    matcher = SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    for tag, _, _, start, end in matcher.get_opcodes():
        if tag != "equal":
            lines += range(start + 1, end + 1) if end > start else [start + 1]
    return lines


@dataclass(frozen=True)
class Edits:
    """Changed lines per file; `file` is as rustc names it, relative to the cargo workspace."""

    lines: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def between(cls, before: Texts, after: Texts) -> "Edits":
        """Compare two snapshots; a file that only `after` has counts whole. No `before` means nothing is known."""
        if not before:
            return cls()
        found = {
            file: changed_lines(before.get(file, ""), text) for file, text in after.items() if text != before.get(file)
        }
        return cls({file: lines for file, lines in found.items() if lines})

    def within(self, file: str, first: int, last: int) -> int:
        """Return the last changed line of `file` from `first` to `last`; 0 when there is none."""
        return max((line for line in self.lines.get(file, ()) if first <= line <= last), default=0)

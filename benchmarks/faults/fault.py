"""Faults and what is right to say of them, as declared."""

import tomllib
from pathlib import Path

import msgspec

from workbench.model.cause import Cause, Wording

FOLDER = Path(__file__).parent
PORT = Path("rust") / "cosyvoice3" / "src"
AREAS = {area: PORT / area for area in ("flow", "frontend", "hift", "llm", "tokenizer")}
"""By area, the folder of its sources below the workspace."""
CLOSE = 1e-3
Texts = dict[Path, str]
"""Source files with their content."""


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text that stands once in a file, `area/file.rs`, and what stands there instead."""

    file: str
    old: str
    new: str

    @property
    def path(self) -> Path:
        """The file below the workspace."""
        area, _, file = self.file.partition("/")
        return AREAS[area] / file


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One bug of a stage, in a clause and as edits."""

    about: str
    edits: tuple[Edit, ...]
    stage: str = "flow.dit"

    def applied(self, workspace: Path, sources: Texts) -> Texts:
        """Return the texts with the fault; raises ValueError where one to be replaced does not stand there once."""
        texts = dict(sources)
        for edit in self.edits:
            path = workspace / edit.path
            if (count := texts[path].count(edit.old)) != 1:
                raise ValueError(f"{edit.old!r} stands {count} times in {path}; mend faults.toml")
            texts[path] = texts[path].replace(edit.old, edit.new)
        return texts


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is right: the first tap that is wrong by itself, and the cause. Without a family the layer says it all."""

    tap: str
    family: str
    words: tuple[str, ...]
    constant: float | None = None

    def names(self, cause: Cause) -> bool:
        """Return whether a cause is this one, in any of its wordings: its family, its words and its number."""
        return any(map(self._says, (cause, *cause.also)))

    def _says(self, said: Cause | Wording) -> bool:
        if said.family != self.family or not any(words in said.words for words in self.words):
            return False
        if self.constant is None:
            return True
        return said.value is not None and abs(said.value - self.constant) <= CLOSE * abs(self.constant)


def sources_in(workspace: Path) -> Texts:
    """Return the Rust sources of every area."""
    return {path: path.read_text() for area in AREAS.values() for path in sorted((workspace / area).rglob("*.rs"))}


def faults() -> dict[str, Fault]:
    """Return the faults by name."""
    return msgspec.convert(tomllib.loads((FOLDER / "faults.toml").read_text()), dict[str, Fault])


def answers() -> dict[str, Answer]:
    """Return the answers by the name of the fault."""
    return msgspec.convert(tomllib.loads((FOLDER / "key.toml").read_text()), dict[str, Answer])

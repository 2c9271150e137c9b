"""Source files as people name them: relative to the project that they work in."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from workbench.engine.sources import Edits
from workbench.model.build import Diagnostic
from workbench.model.row import Source


@dataclass(frozen=True)
class Places:
    """rustc names files relative to the cargo `workspace`; they are shown relative to `project` if inside it."""

    workspace: Path
    project: Path

    def shown(self, file: str) -> str:
        """Return the file as it is shown; a file outside the project keeps its absolute path."""
        return _shown(self.workspace, self.project, file)

    def source(self, file: str, line: int, first_line: int, edits: Edits) -> Source:
        """Return the segment that ends with `line`; it opens after `first_line`, 0: the line alone."""
        first = first_line + 1 if first_line else line
        return Source(self.shown(file), last=line, first=first, edited=edits.within(file, first, line))

    def edited(self, edits: Edits) -> tuple[Source, ...]:
        """Return the first line of every edited file."""
        return tuple(Source(self.shown(file), last=lines[0]) for file, lines in sorted(edits.lines.items()))

    def diagnostic(self, diagnostic: Diagnostic) -> Diagnostic:
        """Return the compiler's message with its file as it is shown."""
        return msgspec.structs.replace(diagnostic, file=self.shown(diagnostic.file)) if diagnostic.file else diagnostic


@lru_cache(maxsize=4096)
def _shown(workspace: Path, project: Path, file: str) -> str:
    path = workspace / file
    return str(path.relative_to(project)) if path.is_relative_to(project) else str(path)

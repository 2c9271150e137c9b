"""What all stages of one check share."""

from collections.abc import Callable
from dataclasses import dataclass

from workbench.compare.changes import Before, compared_with
from workbench.engine.places import Places
from workbench.engine.sources import Edits
from workbench.model.build import Build
from workbench.model.events import Event
from workbench.model.row import Row, Source

Past = dict[tuple[str, str, str], Before]


@dataclass(frozen=True)
class Context:
    """One build, the edits since the last one that passed, how every row was before, and where events go."""

    build: Build
    edits: Edits
    places: Places
    past: Past
    generation: int
    emit: Callable[[Event], None]

    def source(self, file: str, line: int, first_line: int) -> Source:
        """Return the segment of source lines behind a tap."""
        return self.places.source(file, line, first_line, self.edits)

    def before(self, row: Row) -> Before | None:
        """Return what the row was in the check before, or in that of the build before where this one repeats it."""
        return compared_with(self.past.get(row.key), row, self.build.id)

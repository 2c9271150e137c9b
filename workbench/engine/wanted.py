"""Which failing row someone asks about."""

from collections.abc import Collection
from dataclasses import dataclass

from workbench.engine.summary import first_divergence
from workbench.model.errors import WorkbenchError
from workbench.model.row import Row
from workbench.session.load import Loaded
from workbench.session.nearest import hint, nearest


@dataclass(frozen=True)
class Wanted:
    """Names that narrow the choice; without any it is the first divergence."""

    input: str = ""
    tap: str = ""

    def check(self, loaded: Loaded, stages: Collection[str]) -> None:
        """Raise WorkbenchError for an input that none of the stages has."""
        declared = loaded.session.stages
        inputs = {name for stage in stages if stage in declared for name in declared[stage].inputs}
        if self.input and self.input not in inputs:
            raise WorkbenchError(f"no stage has an input `{self.input}`{hint(self.input, inputs)}")

    def row(self, rows: Collection[Row]) -> Row | None:
        """Return the row, the worst over its inputs; None where no tap is named and nothing fails.

        Raises WorkbenchError for a tap that was not checked.
        """
        chosen = [row for row in rows if self.input in ("", row.input)]
        if not self.tap:
            return first_divergence(chosen)
        named = [row for row in chosen if row.name == self.tap]
        if not named:
            near = nearest(self.tap, {row.name for row in chosen})
            raise WorkbenchError(
                f"no tap `{self.tap}` was checked"
                + (f" (did you mean `{near}`?)" if near else "; `workbench check` lists them")
            )
        return max(named, key=lambda row: (row.verdict.severity, row.times))

"""The figures of commands, kept by build."""

import sqlite3
import time
from dataclasses import dataclass

from workbench.engine.running import Ran
from workbench.history.store import History
from workbench.model.build import Build
from workbench.model.figure import Figure
from workbench.model.session import Command
from workbench.suites import figure


@dataclass(frozen=True)
class Figures:
    """Reads a figure, keeps it, and sets it beside that of the build before."""

    history: History

    def of(self, config: Command, name: str, build: Build, ran: Ran) -> Figure | None:
        """Return the figure in what a command printed; None where there is none."""
        value = figure.find(config.figure, ran.text)
        if value is None:
            return None
        try:
            before = self.history.figure_before(build.id, name)
            self.history.keep_figure(build.id, build.number, time.time(), name, value)
        except sqlite3.Error:
            # A history that cannot be written is said by the check itself.
            before = None
        return Figure(value, config.unit, config.better, *(before or ()))

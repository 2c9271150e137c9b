"""Commands to the engine."""

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.model.commands import Cancel, Explain, Export, FailedOnly, Pause, Rebuild, Recheck, Select

if TYPE_CHECKING:
    from workbench.tui.screens.main import MainScreen


def recheck(screen: "MainScreen") -> None:
    """Check the stage that is shown."""
    screen.app.engine.send(Recheck((screen.view.stage,)))


def recheck_all(screen: "MainScreen") -> None:
    """Check every stage that is on."""
    screen.app.engine.send(Recheck())


def rebuild(screen: "MainScreen") -> None:
    """Build and check."""
    screen.app.engine.send(Rebuild())


def cancel(screen: "MainScreen") -> None:
    """End what runs."""
    screen.app.engine.send(Cancel())


def pause(screen: "MainScreen") -> None:
    """Stop or start watching."""
    screen.app.engine.send(Pause(on="paused" not in screen.facts))


def failed_only(screen: "MainScreen") -> None:
    """Show and check only what fails, or everything."""
    on = not screen.choice.failed_only
    screen.app.engine.send(FailedOnly(on=on))
    screen.choose(replace(screen.choice, failed_only=on))


def toggle_stage(screen: "MainScreen") -> None:
    """Take the stage under the cursor out of the checks, or in again; one always stays on."""
    item = screen.stages.current
    if item is None:
        return
    off = screen.off ^ {item.name}
    on = tuple(name for name in screen.app.board.stages if name not in off)
    if not on:
        screen.app.say("one stage must stay on")
        return
    screen.off = off
    screen.app.engine.send(Select(on))
    screen.draw()


def explain(screen: "MainScreen") -> None:
    """Look for the cause of the row's own error."""
    if line := screen.table.current:
        screen.app.engine.send(Explain(line.row))


def export(screen: "MainScreen") -> None:
    """Write a reproduction of the row."""
    if line := screen.table.current:
        screen.app.engine.send(Export(line.row))

"""workbench capture: make the reference's captures and nothing else."""

from pathlib import Path

import click

from workbench.cli import options
from workbench.cli.narrate import narrate
from workbench.cli.run import drive
from workbench.engine.engine import Engine
from workbench.engine.opening import open_session


@click.command("capture")
@options.of_a_check
def command(session: str | None, size: str | None, stages: tuple[str, ...]) -> int:
    """Make the captures that are missing or stale, and print their folders."""
    engine = open_session(session, size, stages, Path.cwd())
    for folder in drive(engine, Engine.capture, narrate):
        click.echo(folder)
    return 0

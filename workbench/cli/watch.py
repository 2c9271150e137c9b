"""workbench watch: the loop without screens."""

from pathlib import Path

import click

from workbench.cli import options
from workbench.cli.narrate import narrate
from workbench.cli.run import PrintTable, drive, print_json
from workbench.engine.engine import Engine
from workbench.engine.opening import open_session


@click.command("watch")
@options.of_a_check
@options.as_json
def command(session: str | None, size: str | None, stages: tuple[str, ...], as_json: bool) -> int:
    """Check after every save until interrupted; prints a table, or with --json the events, for each."""
    engine = open_session(session, size, stages, Path.cwd())
    drive(engine, Engine.watch, narrate, print_json if as_json else PrintTable())
    return 0

"""workbench clean: remove what is kept of a session."""

from pathlib import Path

import click

from workbench.cli import options
from workbench.engine.cleaning import clean
from workbench.engine.opening import home_for


@click.command("clean")
@options.session
@click.option("--all", "everything", is_flag=True, help="Also the history, the event logs and cargo's target folder.")
def command(session: str | None, everything: bool) -> int:
    """Remove a session's captures, checkpoints and builds; never anything outside its `.workbench`."""
    for folder, size in clean(home_for(session, Path.cwd()), everything):
        click.echo(f"removed {folder} ({size / (1 << 20):.0f} MiB)")
    return 0

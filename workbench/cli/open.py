"""workbench SESSION: the screens, or one check where there is nobody to see them."""

import sys
from pathlib import Path

import click

from workbench.cli import options
from workbench.engine.opening import open_session


@click.command("open")
@options.of_a_check
def command(session: str | None, size: str | None, stages: tuple[str, ...]) -> int:
    """Open the workbench on a session; where stdout is no terminal, check once and print the table."""
    engine = open_session(session, size, stages, Path.cwd())
    if not sys.stdout.isatty():
        from workbench.cli.check import check_once

        return check_once(engine, as_json=False)
    from workbench.tui.app import run

    return run(engine)

"""workbench replay: a recorded event stream on the real screens, or as tables."""

import sys
from pathlib import Path

import click

from workbench.cli.run import PrintTable
from workbench.engine.replay import ReplayEngine, read_log


@click.command("replay")
@click.argument("log", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--speed", default=1.0, show_default=True, help="How many times faster than it happened; 0: at once.")
def command(log: Path, speed: float) -> int:
    """Show a log from `.workbench/events/`; where stdout is no terminal, print its tables."""
    if sys.stdout.isatty():
        from workbench.tui.app import run

        engine = ReplayEngine(log, speed)
        return run(engine, engine.clock)
    show = PrintTable()
    for event in read_log(log):
        show(event)
    return 0

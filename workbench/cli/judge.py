"""workbench judge: the last check's results, judged again; nothing is built and nothing is run."""

from pathlib import Path

import click

from workbench.cli import options
from workbench.cli.narrate import narrate
from workbench.cli.run import PrintTable, drive, print_json
from workbench.engine.engine import Engine
from workbench.engine.opening import open_session
from workbench.model.errors import Exit
from workbench.model.verdict import Verdict


@click.command("judge")
@options.of_a_check
@options.as_json
def command(session: str | None, size: str | None, stages: tuple[str, ...], as_json: bool) -> int:
    """Judge the last check again by the session as it is now. Exit 0: all pass; 1: something fails; 2: nothing kept."""
    engine = open_session(session, size, stages, Path.cwd())
    done = drive(engine, Engine.judge, narrate, print_json if as_json else PrintTable())
    return Exit.PASS if done and done.verdict is Verdict.PASS else Exit.FAIL

"""workbench check: one build, one check, one table."""

from pathlib import Path

import click

from workbench.cli import options
from workbench.cli.narrate import narrate
from workbench.cli.run import PrintTable, drive, print_json
from workbench.engine.engine import Engine
from workbench.engine.opening import open_session
from workbench.model.errors import Exit
from workbench.model.verdict import Verdict


@click.command("check")
@options.of_a_check
@click.option("--chain", is_flag=True, help="Then run all of the chain, each side on its own results.")
@options.as_json
def command(session: str | None, size: str | None, stages: tuple[str, ...], chain: bool, as_json: bool) -> int:
    """Build, check once, print the table. Exit 0: all pass; 1: something fails; 2: the set-up is broken."""
    return check_once(open_session(session, size, stages, Path.cwd(), chain), as_json)


def check_once(engine: Engine, as_json: bool) -> int:
    """Run one check and return the exit code."""
    done = drive(engine, Engine.once, narrate, print_json if as_json else PrintTable())
    if done is None:
        return Exit.USAGE
    return Exit.PASS if done.verdict is Verdict.PASS else Exit.FAIL

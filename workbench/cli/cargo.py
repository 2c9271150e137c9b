"""workbench cargo: cargo as the session builds."""

import os
from pathlib import Path

import click

from workbench.cli.narrate import narrate
from workbench.engine.opening import cargo


@click.command("cargo", context_settings={"ignore_unknown_options": True})
@click.option("--session", metavar="NAME", help="The session; default: the only one in reach.")
@click.argument("arguments", nargs=-1, required=True, type=click.UNPROCESSED)
def command(session: str | None, arguments: tuple[str, ...]) -> int:
    """Run a cargo subcommand that compiles (test, clippy, bench, …) with the session's profile, target folder and
    instrumented candle-nn, so that nothing is compiled twice: `workbench cargo -- test --workspace`.
    """
    words, environment = cargo(session, arguments, Path.cwd(), narrate)
    os.execvpe(words[0], words, environment)

"""workbench init: a first session for what a folder holds."""

import sys
from pathlib import Path

import click

from workbench.engine.starting import example, start
from workbench.model.errors import Exit


@click.command("init")
@click.argument("folder", required=False, default=".", type=click.Path(path_type=Path))
@click.option("--example", "as_example", is_flag=True, help="Write a new crate and its reference instead.")
@click.option("--crate", default="", metavar="NAME", help="The crate that is the port.")
@click.option("--name", default="", metavar="NAME", help="The session's name; default: after the crate.")
@click.option("--into", type=click.Path(path_type=Path), help="Where sessions lie; default: FOLDER/sessions.")
def command(folder: Path, as_example: bool, crate: str, name: str, into: Path | None) -> int:
    """Look at FOLDER, find the crate, and write a session that runs at once; asks where several could be meant."""
    folder = folder.absolute()
    if as_example:
        home = example(folder)
    else:
        home = start(folder, (into or folder / "sessions").absolute(), crate, name, _ask if _somebody() else None)
    for file in sorted(home.iterdir()):
        click.echo(file)
    click.echo(f"now: workbench check {home.name}, or workbench {home.name} for the screens", err=True)
    return Exit.PASS


def _somebody() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ask(question: str, answers: list[str]) -> str:
    return str(click.prompt(question, type=click.Choice(answers), err=True))

"""Arguments that several subcommands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

session = click.argument("session", required=False)
size = click.option("--size", metavar="NAME", help="Size of the model; default: the session's own.")
stages = click.option("--stage", "stages", multiple=True, metavar="NAME", help="Only this stage; may be repeated.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print the event stream, one JSON object per line.")


def of_a_check(command: Command) -> Command:
    """Add SESSION, --size and --stage."""
    return session(size(stages(command)))

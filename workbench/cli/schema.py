"""workbench schema: the JSON schema of session.toml."""

import click

from workbench.engine.schema import session_schema


@click.command("schema")
def command() -> int:
    """Print the JSON schema of session.toml, for editors."""
    click.echo(session_schema())
    return 0

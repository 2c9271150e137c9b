"""workbench doctor: what of this machine helps or hinders."""

from pathlib import Path

import click

from workbench.cli import options
from workbench.engine.opening import diagnose
from workbench.model.errors import Exit


@click.command("doctor")
@options.session
def command(session: str | None) -> int:
    """Look at the toolchain, inotify, pixi, target folder, sound, colour. Exit 2: something needed is missing."""
    findings = list(diagnose(session, Path.cwd()))
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        click.echo(
            f"{'●' if finding.good else '✗' if finding.needed else '○'} {finding.name:<{width}}  {finding.sentence}"
        )
    return Exit.USAGE if any(finding.needed and not finding.good for finding in findings) else Exit.PASS

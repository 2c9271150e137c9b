"""workbench explain: why a row fails."""

from pathlib import Path

import click

from workbench.cli import options
from workbench.cli.narrate import narrate
from workbench.cli.run import drive, print_json
from workbench.engine.engine import Engine
from workbench.engine.inquiry import Inquiry
from workbench.engine.opening import open_session
from workbench.engine.wanted import Wanted
from workbench.model.errors import Exit
from workbench.model.events import CheckDone, Event
from workbench.model.verdict import Verdict
from workbench.report.inquiry import inquiry_lines
from workbench.report.table import summary


@click.command("explain")
@options.of_a_check
@click.option("--input", "input_name", metavar="NAME", default="", help="The row on this input; default: the worst.")
@click.option("--tap", metavar="NAME", default="", help="The row to explain; default: the first divergence.")
@click.option(
    "--export", "folder", type=click.Path(path_type=Path), help="Write a reproduction of the row to a new folder."
)
@options.as_json
def command(
    session: str | None, size: str | None, stages: tuple[str, ...], input_name: str, tap: str, folder: Path | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Build, check, and say why a row fails and what to mend next. Exit 0: nothing fails; 1: it does."""
    engine = open_session(session, size, stages, Path.cwd())
    ended = _Ended()

    async def explain(engine: Engine) -> Inquiry | None:
        return await engine.explain(Wanted(input_name, tap), folder)

    found: Inquiry | None = drive(engine, explain, narrate, ended, *([print_json] if as_json else []))
    if found is None or ended.check is None:
        return Exit.USAGE
    if not as_json:
        _print(found, ended.check)
    failing = found.row.verdict is Verdict.FAIL if found.row else ended.check.verdict is Verdict.FAIL
    return Exit.FAIL if failing else Exit.PASS


class _Ended:
    """Remembers how the check ended."""

    check: CheckDone | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, CheckDone):
            self.check = event


def _print(found: Inquiry, done: CheckDone) -> None:
    if found.row:
        click.echo("\n".join(inquiry_lines(found.row, found.explanation, found.what_if)))
    else:
        click.echo(summary(done))

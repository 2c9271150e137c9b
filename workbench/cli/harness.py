"""workbench harness: a check with the chain that leaves its tensors, sounds and tables."""

import tempfile
from datetime import date
from pathlib import Path

import click

from workbench.cli import options
from workbench.cli.narrate import narrate
from workbench.cli.run import PrintTable, drive
from workbench.engine.artifacts import Artifacts
from workbench.engine.diff import Options, diff
from workbench.engine.engine import Engine
from workbench.engine.harness import leave
from workbench.engine.opening import open_session
from workbench.model.board import Board
from workbench.model.difference import DiffDone, Difference
from workbench.model.errors import Exit, WorkbenchError
from workbench.model.verdict import Verdict
from workbench.report.difference import diff_report
from workbench.report.harness import log, report
from workbench.report.table import check_report


@click.command("harness")
@options.of_a_check
@click.option("--out", type=click.Path(path_type=Path), help="The folder; default: output/benchmarks/ and the date.")
@click.option("--native-only", is_flag=True, help="Run the port alone, on the captures that are there.")
@click.option(
    "--artifacts", type=click.Path(path_type=Path), help="Hold the port against a folder of artifacts made elsewhere."
)
@click.option("--rms", type=click.FloatRange(min=0), help="With --artifacts: allowed rms error, over the tensor's rms.")
@click.option(
    "--max", "largest", type=click.FloatRange(min=0), help="With --artifacts: allowed largest error, over the same."
)
def command(
    session: str | None, size: str | None, stages: tuple[str, ...], out: Path | None, native_only: bool,
    artifacts: Path | None, rms: float | None, largest: float | None,
) -> int:  # fmt: skip
    """Check, run the chain, and leave artifacts, wavs, logs, table and report in a folder. Exit codes as `check`."""
    engine = open_session(session, size, stages, Path.cwd(), chain=True, native_only=native_only)
    return _against(engine, artifacts, Options(rms=rms, max=largest)) if artifacts else _left(engine, out)


def _left(engine: Engine, out: Path | None) -> int:
    declared, board = engine.loaded.session.harness, Board()
    if declared is None:
        raise WorkbenchError(f"session `{engine.loaded.session.name}` declares no [harness]: say which files it leaves")
    done = drive(engine, Engine.once, narrate, PrintTable(), board.apply)
    if done is None:
        return Exit.USAGE
    folder, chained = out or Path("output/benchmarks") / date.today().isoformat(), engine.chained
    texts = {name: log(board, patterns) for name, patterns in declared.logs.items()}
    left = leave(chained, texts | {"table.txt": check_report(board, done) + "\n"}, folder)
    nulls = {source: chained.null(source) for source in declared.native_sounds.values()}
    files = [(each.name, each.keys, each.missing) for each in left]
    (folder / "report.md").write_text(report(board, done, files, nulls), encoding="utf-8")
    click.echo(f"left in {folder}", err=True)
    return Exit.PASS if done.verdict is Verdict.PASS else Exit.FAIL


def _against(engine: Engine, folder: Path, options: Options) -> int:
    """Hold the port against artifacts, and say which stages they are not enough for."""
    with tempfile.TemporaryDirectory(prefix="workbench-artifacts-") as scratch:

        async def against(engine: Engine) -> Artifacts | None:
            return await engine.against(folder, Path(scratch))

        found: Artifacts | None = drive(engine, against, narrate)
        if found is None:
            return Exit.USAGE
        (inner := Path(scratch) / "diff").mkdir()
        records = list(diff(found.port_file, found.other_file, options, inner))
    done = next(record for record in records if isinstance(record, DiffDone))
    click.echo(diff_report([record for record in records if isinstance(record, Difference)], done))
    for stage, reason in found.refused.items():
        click.echo(f"○ {stage} is not checked: {reason}")
    return Exit.PASS if done.verdict is Verdict.PASS and not found.refused else Exit.FAIL

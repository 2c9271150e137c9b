"""workbench diff: two files or folders of tensors, without a session."""

import sys
import tempfile
from pathlib import Path

import click

from workbench.engine.diff import Options, diff
from workbench.engine.pairing import read_layouts, read_rules
from workbench.model.difference import DiffDone, Difference
from workbench.model.errors import Exit
from workbench.model.events import encode
from workbench.model.verdict import Verdict
from workbench.report.difference import diff_report

PATH = click.Path(path_type=Path)


@click.command("diff")
@click.argument("a", type=PATH)
@click.argument("b", type=PATH)
@click.option(
    "--prefix", "prefixes", multiple=True, metavar="TEXT", help="Leave this out in front of names, on both sides."
)
@click.option(
    "--map",
    "rules",
    multiple=True,
    metavar="FROM=TO",
    help=r"A's name (or a regular expression, \1 in TO) and B's; or a file of such lines.",
)
@click.option(
    "--layout",
    "layouts",
    multiple=True,
    metavar="NAME=PATTERN",
    help='How B lays A out: --layout mel="b t d -> b d t".',
)
@click.option("--floor", type=PATH, help="B's tensors in float64: errors are judged by B's own distance to them.")
@click.option("--rms", type=click.FloatRange(min=0), help="Allowed rms error, over the rms of B's tensor.")
@click.option(
    "--max", "largest", type=click.FloatRange(min=0), help="Allowed largest error, over the rms of B's tensor."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per tensor, then the sum.")
def command(
    a: Path, b: Path, prefixes: tuple[str, ...], rules: tuple[str, ...], layouts: tuple[str, ...],
    floor: Path | None, rms: float | None, largest: float | None, as_json: bool,
) -> int:  # fmt: skip
    """Compare the port's tensors A with the reference's B: .safetensors, .npz, .npy, .pt, or folders of them.

    Equal tensors pass; others are judged by --floor, or by --rms and --max. Exit 0: all pass; 1: something does not.
    """
    options = Options(prefixes, read_rules(rules), read_layouts(layouts), floor, rms, largest)
    rows: list[Difference] = []
    done: DiffDone | None = None
    with tempfile.TemporaryDirectory(prefix="workbench-diff-") as scratch:
        for record in diff(a, b, options, Path(scratch)):
            if as_json:
                sys.stdout.buffer.write(encode(record) + b"\n")
                sys.stdout.buffer.flush()
            if isinstance(record, DiffDone):
                done = record
            else:
                rows.append(record)
    assert done is not None
    if not as_json:
        click.echo(diff_report(rows, done))
    return Exit.PASS if done.verdict is Verdict.PASS else Exit.FAIL

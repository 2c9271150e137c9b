"""workbench listen: two sound files, A against B, without a session."""

import asyncio
import signal
import sys
import tempfile
from pathlib import Path

import click

from workbench.cli.listen_keys import Keys
from workbench.engine.home import home_of_listening
from workbench.engine.listening import Listening
from workbench.engine.two_sounds import TwoSounds
from workbench.model.errors import Exit
from workbench.model.listening import Pair
from workbench.report.sounds import sounds_report

PATH = click.Path(path_type=Path)


@click.command("listen")
@click.argument("a", type=PATH)
@click.argument("b", type=PATH)
@click.option("--page", is_flag=True, help="Serve a page on 127.0.0.1 in place of playing here, until interrupted.")
@click.option(
    "--export", "folder", type=PATH, help="Write both as wav, and their difference, to this folder; no sound."
)
@click.option("--device", metavar="NAME", help="The sound device; default: $WORKBENCH_SOUND_DEVICE, else the system's.")
def command(a: Path, b: Path, page: bool, folder: Path | None, device: str | None) -> int:
    """Listen to B, the port's sound, against A, the reference's; any rates and formats that libsndfile reads.

    Where stdin or stdout is no terminal, print what differs. Exit 0: B is A to within 16-bit rounding; 1: it is not.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-listen-") as scratch:
        sounds = TwoSounds(a, b, Path(scratch))
        if folder:
            return _export(sounds.pair, Path(scratch), folder)
        if page:
            return asyncio.run(_serve(sounds.pair, home_of_listening()))
        if sys.stdin.isatty() and sys.stdout.isatty():
            return asyncio.run(_listen(sounds.pair, home_of_listening(), device))
        return _numbers(sounds)


def _export(pair: Pair, scratch: Path, folder: Path) -> int:
    for path in Listening(pair, scratch, lambda said: None).export(folder):
        click.echo(path)
    return Exit.PASS


def _numbers(sounds: TwoSounds) -> int:
    """Print the numbers, where nobody can press a key; exit as a check does."""
    found = list(sounds.facets())
    click.echo(sounds_report(found))
    return Exit.FAIL if any(facet.over for facet in found) else Exit.PASS


async def _serve(pair: Pair, logs: Path) -> int:
    listening = Listening(pair, logs, lambda said: None)
    try:
        click.echo(listening.page())
        click.echo(f"from another host first: {listening.forward}", err=True)
        await _interrupted()
    finally:
        await listening.close()
    return Exit.PASS


async def _listen(pair: Pair, logs: Path, device: str | None) -> int:
    keys = Keys()
    listening = keys.listening = Listening(pair, logs, keys.said, device)
    try:
        await keys.run()
    finally:
        await listening.close()
    return Exit.PASS


async def _interrupted() -> None:
    """Wait for ctrl+c or SIGTERM."""
    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    await end.wait()

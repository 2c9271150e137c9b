"""The command line: stdout is data, stderr is narration, the exit code is the verdict."""

import sys
from importlib import import_module

import click

from workbench.model.errors import Exit, WorkbenchError

COMMANDS = {
    "open": "The workbench on a session: the screens, or one check where stdout is no terminal.",
    "check": "Build, check once, print the table.",
    "judge": "Judge the last check again by the session as it is now; nothing is built or run.",
    "harness": "Check with the chain, and leave its tensors, sounds and tables in a folder.",
    "watch": "Check after every save, without screens.",
    "explain": "Say why a row fails, and what to mend next.",
    "capture": "Make the reference's captures and nothing else.",
    "cargo": "Run cargo as the session builds: same target folder, same instrumented candle-nn.",
    "listen": "Listen to two sound files, A against B, without a session.",
    "diff": "Compare two files or folders of tensors, without a session.",
    "doctor": "Say what of this machine helps or hinders.",
    "replay": "Show a recorded event stream on the screens.",
    "schema": "Print the JSON schema of session.toml.",
    "clean": "Remove what the workbench keeps of a session.",
}


class Commands(click.Group):
    """Loads a subcommand's file when it is called; a first word that is no command is a session to open."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import `workbench.cli.<name>` and return its `command`."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"workbench.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `open` in front of a session, or of nothing."""
        if not args or (args[0] not in COMMANDS and args[0] not in ("--help", "--version")):
            args = ["open", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["--help"]})
@click.version_option(package_name="workbench", message="workbench %(version)s")
def workbench() -> None:
    """Port PyTorch models to Rust: save a file, see which layer is wrong."""


def main() -> None:
    """Run the command line; exit 0 all pass, 1 something fails, 2 usage or broken set-up, 130 interrupted."""
    try:
        sys.exit(workbench(standalone_mode=False))
    except WorkbenchError as error:
        _leave(str(error), error.exit_code)
    except click.exceptions.Abort:
        _leave("interrupted", Exit.INTERRUPTED)
    except KeyboardInterrupt:
        _leave("interrupted", Exit.INTERRUPTED)
    except click.ClickException as error:
        _leave(error.format_message(), Exit.USAGE)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(Exit.FAIL)
    except OSError as error:
        _leave(f"{error.filename or 'a file'}: {error.strerror or error}", Exit.USAGE)


def _leave(sentence: str, code: Exit) -> None:
    click.echo(f"workbench: {sentence}", err=True)
    sys.exit(code)

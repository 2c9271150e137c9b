"""Narration for people on stderr while a command works."""

import click

from workbench.model import events as ev


def narrate(event: ev.Event) -> None:
    """Say on stderr what an event means, if it means anything to someone who waits."""
    match event:
        case ev.BuildStarted(package=package):
            _say(f"building {package}")
        case ev.DiagnosticReady(diagnostic=diagnostic):
            _say(diagnostic.rendered.rstrip())
        case ev.BuildDone(build=build):
            _say(
                f"built {build.label} in {build.seconds:.2f} s"
                + (f" ({build.plain_reason})" if build.plain_reason else "")
            )
        case ev.BuildFailed(reason=reason):
            _say(reason)
        case ev.Notice(text=text):
            _say(text)
        case ev.ReferenceMoved(stage=stage):
            _say(f"{stage}: {event.line}")
        case ev.ExplainStarted(row=row):
            _say(f"looking for the cause of {row.name} on {row.input}")
        case ev.Exported(folder=folder):
            _say(f"reproduction in {folder}")
        case ev.Progress(task="capture", label=label, done=done, total=total) if total and done == total:
            _say(f"captured {label}: {total} taps")
        case ev.StageDone(stderr=stderr) if stderr and event.reason:
            _say(stderr.rstrip())


def _say(text: str) -> None:
    click.echo(text, err=True)  # which leaves the compiler's colours out where stderr is no terminal

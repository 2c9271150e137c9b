"""Errors told in one sentence: what, where, what to do."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from workbench.reference.callsite import is_user_file
from workbench.reference.reads import watched


class Failure(Exception):
    """A request that cannot be met; its text is the one sentence to show."""


class DiskFailure(Failure):
    """The disk refuses; says nothing about the stage."""


@contextmanager
def during(what: str) -> Iterator[None]:
    """Run user code: what it raises becomes a Failure that starts with `what`, and which files it reads is noticed.

    SystemExit counts: a reference that parses a command line must not end the worker.
    """
    try:
        with watched():
            yield
    except Failure:
        raise
    except (Exception, SystemExit) as error:
        raise Failure(f"{what} raised {summary(error)}") from error


def summary(error: BaseException) -> str:
    """`Type: first line (file.py:12)`, the place being the innermost user frame."""
    lines = str(error).strip().splitlines()
    text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    if isinstance(error, SyntaxError) and error.filename:
        return f"{type(error).__name__}: {error.msg} ({Path(error.filename).name}:{error.lineno})"
    return text + _place(error.__traceback__)


def trace(error: BaseException) -> str:
    """The whole traceback, causes included."""
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))


def _place(tb: TracebackType | None) -> str:
    users = [frame for frame in traceback.extract_tb(tb) if is_user_file(frame.filename)]
    return f" ({Path(users[-1].filename).name}:{users[-1].lineno})" if users else ""

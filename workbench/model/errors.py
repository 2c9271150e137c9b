"""The one exception that reaches a user: a sentence and an exit code."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command."""

    PASS = 0
    FAIL = 1
    USAGE = 2
    INTERRUPTED = 130


class WorkbenchError(Exception):
    """What happened, where, and what to do, in one sentence; the workbench ends or goes on without it."""

    def __init__(self, sentence: str, exit_code: Exit = Exit.USAGE) -> None:
        """Keep the sentence as the exception's text and the code that a command ends with."""
        super().__init__(sentence)
        self.exit_code = exit_code

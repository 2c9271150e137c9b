"""What ends a stage before it could be checked."""

from workbench.native.protocol import FailureKind


class Failure(Exception):
    """One sentence for the user, and whose matter it is."""

    def __init__(self, kind: FailureKind, error: str, trace: str = "") -> None:
        super().__init__(error)
        self.kind: FailureKind = kind
        self.error = error
        self.trace = trace

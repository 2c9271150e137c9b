"""What a face of the workbench may ask of the engine."""

import msgspec

from workbench.model.row import Row


class Command(msgspec.Struct, frozen=True, tag_field="command", omit_defaults=True):
    """A wish; the answer, if there is one, comes as events."""


class Recheck(Command, frozen=True, tag=True):
    """Run the newest build again on these stages; empty: on all that are selected."""

    stages: tuple[str, ...] = ()


class Rebuild(Command, frozen=True, tag=True):
    """Build and check now, without waiting for a save."""


class Cancel(Command, frozen=True, tag=True):
    """End the build, capture, check or search that runs."""


class Pause(Command, frozen=True, tag=True):
    """Stop reacting to saves, or react again."""

    on: bool = True


class Explain(Command, frozen=True, tag=True):
    """Look for the cause of a row that fails by its own error."""

    row: Row


class Export(Command, frozen=True, tag=True):
    """Write a reproduction of a row that fails to a new folder."""

    row: Row


class Select(Command, frozen=True, tag=True):
    """Check only these stages from now on."""

    stages: tuple[str, ...]


class FailedOnly(Command, frozen=True, tag=True):
    """Check only what failed last, or everything selected again."""

    on: bool = True


class Quit(Command, frozen=True, tag=True):
    """End every child and the stream."""


AnyCommand = Recheck | Rebuild | Cancel | Pause | Explain | Export | Select | FailedOnly | Quit

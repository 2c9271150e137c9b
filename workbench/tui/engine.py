"""What the screens need of an engine."""

from collections.abc import AsyncIterator
from typing import Protocol

from workbench.model.commands import Command
from workbench.model.events import Event


class Engine(Protocol):
    """Events out, commands in; the loop itself, a replayed log and the tests' fakes all are one."""

    def subscribe(self) -> AsyncIterator[Event]:
        """Yield every event until the engine ends."""
        ...

    async def watch(self) -> None:
        """Run until a Quit."""
        ...

    async def close(self) -> None:
        """End every child and the stream."""
        ...

    def send(self, command: Command) -> None:
        """Take a command; returns at once."""
        ...

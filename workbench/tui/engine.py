"""What the screens need of an engine."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Protocol

from workbench.model.commands import Command
from workbench.model.events import Event

if TYPE_CHECKING:
    from workbench.engine.audition import Audition
    from workbench.engine.hearing import Wish
    from workbench.engine.listening import Said


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

    async def audition(self, wish: "Wish", said: "Said") -> "Audition":
        """Return two sounds to be heard and seen; `said` hears of playback. Raises WorkbenchError."""
        ...

    def send(self, command: Command) -> None:
        """Take a command; returns at once."""
        ...

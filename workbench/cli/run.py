"""Runs an engine to its end under asyncio, with every event handed to a listener."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from workbench.engine.engine import Engine
from workbench.model.board import Board
from workbench.model.events import AfterGreen, CheckDone, Event, Explained, encode
from workbench.report.build import after_green
from workbench.report.cause import explanation_lines
from workbench.report.table import check_report

Listener = Callable[[Event], None]


def drive(engine: Engine, doing: Callable[[Engine], Coroutine[Any, Any, Any]], *listeners: Listener) -> Any:
    """Run `doing(engine)`, close the engine, and return what it returned; SIGTERM counts as SIGINT."""
    return asyncio.run(_driven(engine, doing, listeners))


async def _driven(
    engine: Engine, doing: Callable[[Engine], Coroutine[Any, Any, Any]], listeners: tuple[Listener, ...]
) -> Any:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, signal.raise_signal, signal.SIGINT)
    events = engine.subscribe()
    reading = asyncio.create_task(_read(events, listeners))
    await asyncio.sleep(0)
    try:
        return await doing(engine)
    finally:
        await engine.close()
        await reading


async def _read(events: Any, listeners: tuple[Listener, ...]) -> None:
    async for event in events:
        for listener in listeners:
            listener(event)


def print_json(event: Event) -> None:
    """Write the event to stdout as one line of JSON."""
    sys.stdout.buffer.write(encode(event) + b"\n")
    sys.stdout.buffer.flush()


class PrintTable:
    """Prints the table of every check that ends, and why its first wrong row is wrong."""

    def __init__(self) -> None:
        self._board = Board()

    def __call__(self, event: Event) -> None:
        """Fold the event in; at the end of a check, print."""
        self._board.apply(event)
        if isinstance(event, CheckDone):
            print(check_report(self._board, event), flush=True)
        if isinstance(event, AfterGreen):
            print(f"after green: {event.name} {after_green(event)}", flush=True)
        if isinstance(event, Explained):
            print(*(f"  {line}" for line in explanation_lines(event.explanation)), sep="\n", flush=True)

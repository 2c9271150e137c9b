"""Listening in a plain terminal: a line that moves, and keys."""

import asyncio
import os
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import click

from workbench.engine.listening import NAMES, Listening
from workbench.model.errors import WorkbenchError
from workbench.model.listening import Playback, PlayerFault

STEP = 0.5
"""Seconds that , and . go."""
HELP = (
    "space play · x A/B · d A−B · , . earlier, later · { } loop · \\ no loop",
    "m level · t align · w page · r retry · q quit",
)


class Keys:
    """Shows what is played and does what keys say, until `q`."""

    def __init__(self) -> None:
        self._now = Playback(0, False, 0, None, 0, 0.0)
        self._begins = 0
        self._wishes: asyncio.Queue[str] = asyncio.Queue()
        self.listening: Listening

    def said(self, said: Playback | PlayerFault) -> None:
        """Show what the player says."""
        if isinstance(said, Playback):
            self._now = said
            self._draw()
        else:
            self._say(said.sentence)

    async def run(self) -> None:
        """Open the pair and obey keys; a terminal that closed is a `q`."""
        with _raw(self._wishes):
            self._introduce()
            await self.listening.open()
            while (key := await self._wishes.get()) not in ("q", "\x03", "\x04", ""):
                await self._press(key)
            click.echo("\r\x1b[K", nl=False)

    async def _press(self, key: str) -> None:
        try:
            if wish := self._does().get(key):
                await wish()
        except (WorkbenchError, OSError) as error:
            self._say(str(error))

    def _does(self) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        player, now = self.listening.player, self._now
        return {
            " ": player.pause if now.playing else player.play,
            "x": lambda: player.switch(0 if now.source == 1 else 1),
            "d": lambda: player.switch(0 if now.source == 2 else 2),
            ",": lambda: self._seek(-STEP),
            ".": lambda: self._seek(STEP),
            "{": self._begin_loop,
            "}": lambda: player.loop((self._begins, now.position)),
            "\\": lambda: player.loop(None),
            "m": lambda: self._treat("level"),
            "t": lambda: self._treat("align"),
            "w": self._serve,
            "r": player.retry,
        }

    async def _seek(self, seconds: float) -> None:
        await self.listening.player.seek(self._now.position + round(seconds * self.listening.rate))

    async def _begin_loop(self) -> None:
        self._begins = self._now.position
        self._say(f"loop from {self._seconds(self._begins)} s: }} ends it")

    async def _treat(self, name: str) -> None:
        treatment = self.listening.treatment
        await self.listening.treat(treatment._replace(**{name: not getattr(treatment, name)}))
        self._say(" · ".join(self.listening.applied))

    async def _serve(self) -> None:
        self._say(f"{self.listening.page()}\r\n  from another host first: {self.listening.forward}")

    def _introduce(self) -> None:
        pair = self.listening.pair
        for letter, each in (("A", pair.a), ("B", pair.b)):
            self._say(f"{letter}  {each.name}  {each.rate} Hz{f'  {each.note}' if each.note else ''}")
        self._say(" · ".join(self.listening.applied))
        for line in HELP:
            self._say(line)

    def _say(self, text: str) -> None:
        click.echo(f"\r\x1b[K{text}\r\n", nl=False)
        self._draw()

    def _draw(self) -> None:
        """Write the one line that moves; the terminal is never wrapped by it."""
        now = self._now
        words = [
            "▶" if now.playing else "■", f"{NAMES[now.source]:<3}",
            f"{self._seconds(now.position)} / {self._seconds(self.listening.frames)} s",
            f"loop {self._seconds(now.loop[0])}–{self._seconds(now.loop[1])}" if now.loop else "",
            f"{now.underflows} underflows" if now.underflows else "",
        ]  # fmt: skip
        line = "  ".join(filter(None, words))[: shutil.get_terminal_size().columns - 1]
        click.echo(f"\r\x1b[K{line}", nl=False)

    def _seconds(self, frame: int) -> str:
        return f"{frame / self.listening.rate:.2f}"


@contextmanager
def _raw(wishes: asyncio.Queue[str]) -> Iterator[None]:
    """Take keys one by one and unechoed, and give the terminal back as it was."""
    loop, terminal = asyncio.get_running_loop(), sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setraw(terminal, termios.TCSANOW)

    def read() -> None:
        for key in os.read(terminal, 64).decode(errors="ignore") or [""]:
            wishes.put_nowait(key)

    loop.add_reader(terminal, read)
    loop.add_signal_handler(signal.SIGTERM, wishes.put_nowait, "q")
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        loop.remove_reader(terminal)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)

"""The app: a board that events feed, drawn at most ten times a second; commands go to the engine."""

import asyncio
import gc
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import PurePath
from typing import Literal

from textual.app import App
from textual.filter import LineFilter, NoColor
from textual.screen import Screen

from workbench.model.board import Board
from workbench.model.commands import Quit
from workbench.model.events import Event, Exported, Notice
from workbench.tui import palette
from workbench.tui.engine import Engine
from workbench.tui.feed import Feed
from workbench.tui.glyphs import PlainCharacters, wants_ascii
from workbench.tui.screens.main import MainScreen
from workbench.tui.screens.row import RowScreen

DRAW_EVERY = 0.1
"""Seconds between two paintings of what events changed."""
STYLES: list[str | PurePath] = ["screens/main.tcss", "screens/windows.tcss", "screens/audio.tcss"]
Level = Literal["information", "warning", "error"]
LEVELS: dict[str, Level] = {"info": "information", "warning": "warning", "error": "error"}


class WorkbenchApp(App[None]):
    """The workbench in a terminal; `clock` gives "now" in Unix seconds (a replay gives the log's)."""

    CSS_PATH = STYLES
    TITLE = "workbench"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.engine, self.clock = engine, clock
        self.board = Board()
        self.feed = Feed(engine, self._take)
        self._filters_added: list[LineFilter] = [NoColor()] if self.no_color else []
        if wants_ascii():
            self._filters_added.append(PlainCharacters())
        for theme in (palette.DARK, palette.LIGHT):
            self.register_theme(theme)
        self.ansi_theme_dark, self.ansi_theme_light = palette.ANSI_DARK, palette.ANSI_LIGHT
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = palette.DARK.name
        self.ink = palette.palette(self.get_css_variables(), self.no_color)
        self._drawn_at = 0.0
        self._draw_waits = False
        self._leaving = False

    def get_css_variables(self) -> dict[str, str]:
        """Return the theme's variables and ours."""
        return palette.variables(super().get_css_variables())

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters that everything passes on its way to the terminal."""
        return [*super().get_line_filters(), *self._filters_added]

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen."""
        self.main = MainScreen(self)
        return self.main

    def on_mount(self) -> None:
        """Begin to listen: to the engine, to a new theme, to the end of the terminal."""
        gc.freeze()  # what is there now stays; to walk it on every collection would hold up keys
        self.theme_changed_signal.subscribe(self, lambda _: self._recolour())
        self.run_worker(self._run_engine())
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, self._leave)
            # Without a terminal there is nothing to restore, and to write to it would wait for ever. Every child ends
            # with this process.
            loop.add_signal_handler(signal.SIGHUP, os._exit, 128 + signal.SIGHUP)

    async def action_quit(self) -> None:
        """End the engine, then the app."""
        self._leave()

    def say(self, text: str, level: Level = "information") -> None:
        """Show a sentence for a few seconds."""
        self.notify(text, severity=level, markup=False)

    async def _run_engine(self) -> None:
        await self.feed.run()
        if not self.feed.broken:
            self.exit()

    def _take(self, event: Event) -> None:
        self.board.apply(event)
        if isinstance(event, Notice):
            self.say(event.text, LEVELS.get(event.level, "information"))
        if isinstance(event, Exported):
            self.say(f"reproduction in {event.folder}")
        if not self._draw_waits:
            self._draw_waits = True
            self.set_timer(max(self._drawn_at + DRAW_EVERY - time.monotonic(), 0.001), self._draw)

    def _draw(self) -> None:
        self._draw_waits = False
        self.main.draw()
        if isinstance(self.screen, RowScreen):
            self.screen.draw()
        self._drawn_at = time.monotonic()

    def _recolour(self) -> None:
        self.ink.become(palette.palette(self.get_css_variables(), self.no_color))
        self.main.draw()
        self.main.refresh(layout=True)

    def _leave(self) -> None:
        """Ask the engine to end; a second time, do not wait for it."""
        if self._leaving or self.feed.ended:
            self.exit()
            return
        self._leaving = True
        self.say("ending what runs; q again does not wait for it")
        self.engine.send(Quit())


def run(engine: Engine, clock: Callable[[], float] = time.time) -> int:
    """Show the screens until the user quits; return the exit code."""
    app = WorkbenchApp(engine, clock)
    app.run()
    return app.return_code or 0

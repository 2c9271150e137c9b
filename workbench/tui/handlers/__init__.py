"""What the actions of the registry do; a module per topic, a function per action."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from textual.screen import Screen

from workbench.tui.actions import Action

Handler = Callable[[Any], None]
"""Takes the screen whose action it is."""


def resolve(action: Action) -> Handler:
    """Return the function behind an action; raises AttributeError or ImportError if there is none."""
    module, _, name = action.handler.partition(".")
    if module == "app":
        return lambda screen: _run_app_action(screen, name)
    handler: Handler = getattr(import_module(f"{__name__}.{module}"), name)
    return handler


def perform(screen: Screen[None], action: Action) -> None:
    """Do it."""
    resolve(action)(screen)


def _run_app_action(screen: Screen[None], name: str) -> None:
    screen.call_later(screen.app.run_action, name, screen.app)

"""The keys that do something now, as many as fit; help and quit always do."""

from rich.style import Style
from rich.text import Text

from workbench.tui.actions import ACTIONS, Action, footer
from workbench.tui.palette import Palette

ALWAYS = 90
"""Ranks from here on are never left out."""


def keys_line(facts: frozenset[str], ink: Palette, width: int, actions: tuple[Action, ...] = ACTIONS) -> Text:
    """Return one line of keys, each clickable."""
    shown = footer(facts, actions)
    while _width(shown, facts) > width - 2 and any(action.rank < ALWAYS for action in shown):
        shown.remove(max((action for action in shown if action.rank < ALWAYS), key=lambda action: action.rank))
    line = Text(" ")
    for action in shown:
        click = Style(meta={"@click": f"screen.run('{action.id}')"})
        line.append(action.key_text, ink.accent + click).append(f" {action.label_now(facts)}", ink.muted + click)
        line.append("  ")
    return line


def _width(actions: list[Action], facts: frozenset[str]) -> int:
    return sum(len(action.key_text) + len(action.label_now(facts)) + 3 for action in actions)

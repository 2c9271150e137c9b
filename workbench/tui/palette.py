"""Few colours, each with one meaning; a mark or a word always says the same thing."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual.color import Color
from textual.theme import Theme

from workbench.model.verdict import Verdict

DARK = Theme(
    name="workbench-dark",
    primary="#8ab0e8",
    secondary="#7f9bb8",
    accent="#8ab0e8",
    success="#84b878",
    warning="#dcb566",
    error="#f0767c",
    foreground="#c9cfd8",
    background="#14171c",
    surface="#14171c",
    panel="#1c2129",
    dark=True,
    variables={"muted": "#737d8c", "line": "#2b323d", "unsure": "#bd95d6", "cursor": "#232c3a", "rest": "#1a1f27"},
)
LIGHT = Theme(
    name="workbench-light",
    primary="#2f62b8",
    secondary="#54708f",
    accent="#2f62b8",
    success="#3c7d34",
    warning="#8f6400",
    error="#c02f3a",
    foreground="#272c34",
    background="#fbfbf8",
    surface="#fbfbf8",
    panel="#f0f1ee",
    dark=False,
    variables={"muted": "#7d848e", "line": "#d6d9d4", "unsure": "#7d48a5", "cursor": "#dfe8f6", "rest": "#eef1f4"},
)


def _ansi(back: str, fore: str, colours: str) -> TerminalTheme:
    """Return what the compiler's sixteen colours look like: black and white, then red to cyan in both halves."""
    black, white = Color.parse(back).rgb, Color.parse(fore).rgb
    six = [Color.parse(colour).rgb for colour in colours.split()]
    return TerminalTheme(black, white, [black, *six, white], [black, *six, white])


ANSI_DARK = _ansi("#14171c", "#c9cfd8", "#f0767c #84b878 #dcb566 #8ab0e8 #bd95d6 #79b8bd")
ANSI_LIGHT = _ansi("#fbfbf8", "#272c34", "#c02f3a #3c7d34 #8f6400 #2f62b8 #7d48a5 #1f7076")


def variables(theme: Mapping[str, str]) -> dict[str, str]:
    """Return the theme's variables with ours filled in where it has none (Textual's own themes)."""
    if _is_ansi(theme):
        grey = "ansi_bright_black"
        ours = {"muted": grey, "line": grey, "unsure": theme["secondary"], "cursor": grey, "rest": grey}
    else:
        back, fore = Color.parse(theme["background"]), Color.parse(theme["foreground"])
        ours = {
            "muted": back.blend(fore, 0.5).hex,
            "line": back.blend(fore, 0.15).hex,
            "unsure": theme["secondary"],
            "cursor": back.blend(Color.parse(theme["primary"]), 0.25).hex,
            "rest": back.blend(fore, 0.08).hex,
        }
    return {**ours, **theme}


def _is_ansi(theme: Mapping[str, str]) -> bool:
    """Return whether the colours are the terminal's own, which can be named but not mixed."""
    return theme["primary"].startswith("ansi_")


@dataclass
class Palette:
    """Styles of text; backgrounds belong to the widgets, but for `cursor` (focused pane) and `rest` (others).

    The app has one, which every widget holds; another theme changes it in place.
    """

    normal: Style
    muted: Style
    loud: Style
    accent: Style
    passed: Style
    limited: Style
    failed: Style
    unsure: Style
    stale: Style
    line: Style
    cursor: Style
    rest: Style

    def become(self, other: "Palette") -> None:
        """Take over another palette's styles."""
        vars(self).update(vars(other))

    def verdict(self, verdict: Verdict) -> Style:
        """Return the style of a verdict's mark."""
        return {
            Verdict.PASS: self.passed,
            Verdict.LIMITED: self.limited,
            Verdict.FAIL: self.failed,
            Verdict.INCONCLUSIVE: self.unsure,
        }.get(verdict, self.muted)


def palette(theme: Mapping[str, str], no_color: bool = False) -> Palette:
    """Return the styles for a theme's variables; without colours what is stale or muted is dim instead."""

    def ink(name: str, dim: bool = False, bold: bool = False) -> Style:
        return Style(color=Color.parse(theme[name]).rich_color, dim=dim, bold=bold)

    def paper(name: str) -> Style:
        return Style(bgcolor=Color.parse(theme[name]).rich_color)

    return Palette(
        normal=ink("foreground"),
        muted=ink("muted", dim=no_color),
        loud=ink("foreground", bold=True),
        accent=ink("accent", bold=True),
        passed=ink("success"),
        limited=ink("warning"),
        failed=ink("error", bold=True),
        unsure=ink("unsure"),
        stale=ink("muted", dim=no_color),
        line=ink("line"),
        cursor=Style(reverse=True) if _is_ansi(theme) else paper("cursor"),
        rest=Style() if _is_ansi(theme) else paper("rest"),
    )

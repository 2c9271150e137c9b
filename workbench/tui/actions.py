"""The one list of what keys do: bindings, footer, help and palette are all made from it."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding

DISPLAY = {
    "space": "Space", "slash": "/", "question_mark": "?", "colon": ":", "escape": "Esc", "enter": "Enter", "tab": "Tab",
    "shift+tab": "Shift+Tab", "f5": "F5", "f1": "F1", "down": "↓", "up": "↑", "home": "Home", "end": "End",
    "pagedown": "PgDn", "pageup": "PgUp", "comma": ",", "full_stop": ".", "left_curly_bracket": "{",
    "right_curly_bracket": "}", "backslash": "\\", "left": "←", "right": "→",
}  # fmt: skip


@dataclass(frozen=True)
class Action:
    """One thing that a key can do.

    `handler` is `module.function` under `workbench.tui.handlers`, or `app.…`, an action of the app. `needs` are facts
    that must hold for it to do something (see `facts.py`); until then its key is neither shown nor bound. `otherwise`
    is (fact, label): the label while that fact holds. `rank` orders the footer, 0 leaves it out of there.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    scope: str
    handler: str
    needs: tuple[str, ...] = ()
    otherwise: tuple[str, str] = ("", "")
    rank: int = 0

    @property
    def key_text(self) -> str:
        """The first key as it is written on the screen."""
        return key_name(self.keys[0])

    @property
    def keys_text(self) -> str:
        """All keys as they are written in help."""
        return " ".join(map(key_name, self.keys))

    def possible(self, facts: frozenset[str]) -> bool:
        """Return whether it would do something now."""
        return facts.issuperset(self.needs)

    def label_now(self, facts: frozenset[str]) -> str:
        """Return what the key would do now."""
        fact, label = self.otherwise
        return label if fact and fact in facts else self.label


def key_name(key: str) -> str:
    """Return a key as people write it: `ctrl+d` as `^d`."""
    return DISPLAY.get(key, key.replace("ctrl+", "^"))


ACTIONS = (
    Action("recheck", ("r",), "recheck", "run the newest build again on the stage that is shown", "run",
           "run.recheck", ("stage",), rank=10),
    Action("all", ("a",), "all", "run the newest build again on every stage that is on", "run",
           "run.recheck_all", ("stage",), rank=11),
    Action("rebuild", ("f5", "R"), "rebuild", "build and check now, without a save", "run",
           "run.rebuild", ("session",), rank=18),
    Action("cancel", ("c",), "cancel", "end the build, capture, check or search that runs", "run",
           "run.cancel", ("running",), rank=12),
    Action("pause", ("p",), "pause", "stop reacting to saves, or react again", "run",
           "run.pause", ("session",), ("paused", "resume"), rank=19),
    Action("failed", ("f",), "failed", "show and check only what fails, or everything again", "run",
           "run.failed_only", ("rows",), ("failed only", "all rows"), rank=13),
    Action("open_stage", ("enter",), "open", "show the rows of this stage", "stages",
           "view.open_stage", ("stage", "in stages"), rank=1),
    Action("toggle_stage", ("space",), "on/off", "check this stage on a save, or leave it out", "stages",
           "run.toggle_stage", ("stage", "in stages"), rank=2),
    Action("open_row", ("enter",), "detail", "everything about this row", "rows",
           "view.open_row", ("row", "in rows"), rank=17),
    Action("down", ("j", "down"), "down", "next line", "lists", "move.down"),
    Action("up", ("k", "up"), "up", "previous line", "lists", "move.up"),
    Action("top", ("g", "home"), "first", "first line", "lists", "move.top"),
    Action("bottom", ("G", "end"), "last", "last line", "lists", "move.bottom"),
    Action("half_down", ("ctrl+d", "pagedown"), "half down", "half a screen down", "lists", "move.half_down"),
    Action("half_up", ("ctrl+u", "pageup"), "half up", "half a screen up", "lists", "move.half_up"),
    Action("next_failing", ("n",), "next ✗", "next failing row, or next error of the compiler", "lists",
           "move.next_failing", ("failing",), rank=20),
    Action("previous_failing", ("N",), "previous ✗", "previous failing row, or error of the compiler", "lists",
           "move.previous_failing", ("failing",)),
    Action("filter", ("slash",), "filter", "show only taps whose names hold these words", "lists",
           "view.start_filter", ("rows",), rank=14),
    Action("sort", ("s",), "sort", "order by execution, local, accumulated, introduced here, name", "lists",
           "view.sort", ("row",), rank=21),
    Action("reverse", ("S",), "reverse", "turn the order round", "lists", "view.reverse", ("row",)),
    Action("inputs", ("i",), "input", "walk through the inputs: the worst of all, then each", "lists",
           "view.walk_inputs", ("inputs", "rows"), rank=22),
    Action("fold", ("v",), "unfold", "repeated taps one by one, or folded into their worst", "lists",
           "view.fold", ("repeated",), ("unfolded", "fold"), rank=23),
    Action("wrap", ("w",), "wrap", "wrap long lines of the compiler, or cut them", "lists",
           "view.wrap", ("compiler shown",), ("wrapped", "cut"), rank=24),
    Action("edit", ("e",), "edit", "open the line in $VISUAL or $EDITOR; without one, copy its place", "act",
           "act.edit", ("place",), rank=15),
    Action("explain", ("x",), "explain", "look for this row's cause, and for what mending it would leave", "act",
           "run.explain", ("wrong row", "idle"), rank=16),
    Action("export", ("E",), "export", "write this row's tensors, and a script that compares them, to a folder", "act",
           "run.export", ("failing row", "idle"), rank=27),
    Action("listen", ("l",), "listen", "hear this sound, A against B: the port against the reference or an older build",
           "act", "act.listen", ("sound",), rank=15),
    Action("copy", ("y",), "copy", "copy the row, the table, its place, a command or an assertion", "act",
           "act.copy", ("row",), rank=16),
    Action("pane_stages", ("1",), "stages", "go to the stages", "panes", "view.pane_1", ("stage",)),
    Action("pane_rows", ("2",), "rows", "go to the rows", "panes", "view.pane_2", ("stage",)),
    Action("pane_detail", ("3",), "row", "go to the detail of the row", "panes", "view.pane_3", ("row",)),
    Action("pane_compiler", ("4",), "compiler", "show the compiler's messages, or hide them", "panes",
           "view.pane_4", ("messages",), rank=25),
    Action("next_pane", ("tab",), "next pane", "go to the next pane", "panes", "view.next_pane", ("stage",)),
    Action("previous_pane", ("shift+tab",), "previous pane", "go to the previous pane", "panes",
           "view.previous_pane", ("stage",)),
    Action("zoom", ("z",), "zoom", "give the pane the whole screen, or give it back", "panes",
           "view.zoom", ("stage",), ("zoomed", "unzoom"), rank=26),
    Action("back", ("escape",), "back", "leave the zoom, then clear the filter", "panes", "view.back", ("narrowed",)),
    Action("palette", ("ctrl+p", "colon"), "palette", "find what can be done now by name", "app", "view.palette"),
    Action("theme", ("f2",), "theme", "other colours: dark, light, the terminal's own", "app", "view.theme"),
    Action("suspend", ("ctrl+z",), "suspend", "back to the shell; `fg` returns", "app", "app.suspend_process"),
    Action("help", ("question_mark", "f1"), "help", "every key, searchable; Enter runs it", "app", "view.help",
           rank=98),
    Action("quit", ("q", "ctrl+q"), "quit", "end the workbench and everything it started", "app", "app.quit", rank=99),
)  # fmt: skip

BY_ID = {action.id: action for action in ACTIONS}


def bindings(actions: Iterable[Action] = ACTIONS) -> list[Binding]:
    """Return Textual's bindings; the binding's id lets a key map name it."""
    return [Binding(",".join(action.keys), f"run('{action.id}')", action.label, id=action.id) for action in actions]


def footer(facts: frozenset[str], actions: Iterable[Action] = ACTIONS) -> list[Action]:
    """Return what the footer names, in order."""
    return sorted((act for act in actions if act.rank and act.possible(facts)), key=lambda act: act.rank)

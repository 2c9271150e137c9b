"""The main screen: what is wrong, where, and everything about one row."""

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from workbench.tui import actions, handlers
from workbench.tui.facts import board_facts, view_facts
from workbench.tui.handlers.view import end_filter
from workbench.tui.screens import drawing
from workbench.tui.view import Choice, View, view
from workbench.tui.widgets.compiler import CompilerPane
from workbench.tui.widgets.detail import DetailPane
from workbench.tui.widgets.lines import Lines
from workbench.tui.widgets.paper import Paper
from workbench.tui.widgets.stages import StageList
from workbench.tui.widgets.table import RowTable

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp


WIDTHS = [(0, "-narrow"), (100, "-broad")]
HEIGHTS = [(0, "-short"), (32, "-medium"), (48, "-tall")]


class MainScreen(Screen[None]):
    """Holds what the user chose; draws the board through it."""

    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings()]
    AUTO_FOCUS = "#table"
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    app: "WorkbenchApp"

    def __init__(self, app: "WorkbenchApp") -> None:
        super().__init__()
        ink = app.ink
        self.choice = Choice()
        self.off: frozenset[str] = frozenset()
        self.zoomed = ""
        self.side_width: int | None = None
        self.messages_wanted: bool | None = None
        self.view = View("", [], 0)
        self.facts: frozenset[str] = frozenset()
        self.titles = Paper(id="titles")
        self.table = RowTable(ink, self.titles, id="table")
        self.stages = StageList(ink, id="stages")
        self.detail = DetailPane(ink, id="detail")
        self.compiler = CompilerPane(ink)
        self.filter = Input(placeholder="words of a tap's name", id="filter", select_on_focus=False)

    def compose(self) -> ComposeResult:
        """Yield the panes from top to bottom."""
        yield Paper(id="header")
        yield Paper(id="headline", grows=True)
        yield Paper(id="compiler-rule", classes="rule")
        yield self.compiler
        yield Paper(id="progress", grows=True)
        with Horizontal(id="middle"):
            with Vertical(id="side"):
                yield Paper(id="stages-rule", classes="rule")
                yield self.stages
            with Vertical(id="rows"):
                yield Paper(id="rows-rule", classes="rule")
                yield self.titles
                yield self.table
                yield self.filter
        with Vertical(id="bottom"):
            yield Paper(id="detail-rule", classes="rule")
            yield self.detail
        yield Paper(id="footer")

    def on_mount(self) -> None:
        """Draw what there is, and keep ages and the clock going."""
        self.set_interval(1.0, self.draw_times)
        self.draw()

    def draw(self) -> None:
        """Bring every pane up to date with the board and the choice; what looks the same is not painted."""
        if not self.is_mounted:
            return
        with self.app.batch_update():
            self.view = view(self.app.board, self.choice, self.view.stage)
            drawing.draw_rows(self)
            drawing.draw_headline(self)
            self.draw_rest()
            self.draw_times()

    def draw_rest(self) -> None:
        """Draw what depends on the cursor and the focus."""
        self.facts = self._facts()
        drawing.draw_panes(self)
        drawing.draw_rules(self)

    def draw_times(self) -> None:
        """Draw what changes with the clock."""
        drawing.draw_times(self)

    def paper(self, id: str) -> Paper:
        """Return one of the screen's texts."""
        return self.query_one(f"#{id}", Paper)

    @property
    def pane(self) -> str:
        """The pane that keys go to: `stages`, `rows`, `detail`, `compiler` or `filter`."""
        names: dict[Widget | None, str] = {
            self.stages: "stages", self.detail: "detail", self.compiler.messages: "compiler", self.filter: "filter",
        }  # fmt: skip
        return names.get(self.focused, "rows")

    @property
    def messages_shown(self) -> bool:
        """Whether the compiler's messages take the place of the headline: after a failed build, or on demand."""
        board = self.app.board
        wanted = board.build_failed is not None if self.messages_wanted is None else self.messages_wanted
        return wanted and (bool(board.diagnostics) or board.build_failed is not None)

    def choose(self, choice: Choice) -> None:
        """Show something else."""
        self.choice = choice
        self.draw()

    def action_run(self, id: str) -> None:
        """Do what the action of the registry says."""
        handlers.perform(self, actions.BY_ID[id])

    def run_chosen(self, action: actions.Action | None) -> None:
        """Do what was chosen from the list of keys, if it would do something."""
        if action and action.possible(self.facts):
            handlers.perform(self, action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let a key through only if it would do something now."""
        if action != "run":
            return True
        return actions.BY_ID[str(parameters[0])].possible(self.facts)

    @on(Lines.Moved)
    def _moved(self, event: Lines.Moved) -> None:
        if event.lines is self.stages and self.stages.current:
            self.choose(replace(self.choice, stage=self.stages.current.name))
        else:
            self.draw_rest()

    @on(Lines.Chosen)
    def _chosen(self, event: Lines.Chosen) -> None:
        handlers.perform(self, actions.BY_ID["open_stage" if event.lines is self.stages else "open_row"])

    @on(Input.Submitted, "#filter")
    def _filter_kept(self) -> None:
        end_filter(self)

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self.choose(replace(self.choice, needle=event.value))

    def _facts(self) -> frozenset[str]:
        found = board_facts(self.app.board) | view_facts(self.app.board, self.choice, self.view)
        return frozenset(found | {f"in {self.pane}"} | drawing.own_facts(self))

    def on_descendant_focus(self) -> None:
        """Let rules and footer follow the focus."""
        self.draw_rest()

    def on_resize(self) -> None:
        """Draw for the new size once the panes have theirs."""
        self.call_after_refresh(self.draw)

"""An ABX run: X is A or B, drawn in secret; the score is hidden until the end."""

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from workbench.tui.widgets.paper import Paper

if TYPE_CHECKING:
    from workbench.tui.screens.audio import AudioScreen

VOID = "the player dropped samples, which is a cue"


class AbxScreen(ModalScreen[None]):
    """Plays through the audio screen's player, which it hides, since what is played must not be seen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "hear(0)"), Binding("b", "hear(1)"), Binding("x", "hear_x"), Binding("space", "play"),
        Binding("A,1", "answer(0)"), Binding("B,2", "answer(1)"), Binding("escape,q", "leave"),
        Binding("comma", "seek('earlier')"), Binding("full_stop", "seek('later')"), Binding("home", "seek('first')"),
    ]  # fmt: skip

    def __init__(self, screen: "AudioScreen") -> None:
        super().__init__()
        assert screen.audition
        self.behind = screen
        self.audition, self.listening = screen.audition, screen.audition.listening
        self.run, self.record = screen.audition.abx(), self.listening.record()
        self.underflows = self._underflows
        self.heard = ""

    def compose(self) -> ComposeResult:
        """Yield the words."""
        with Vertical(classes="window") as window:
            window.border_title = "ABX: is X A or B?"
            yield Paper(self._words, grows=True)

    def on_mount(self) -> None:
        """Begin with A, and let the screen behind say nothing of what is heard."""
        self.behind.hide(True)
        self.action_hear(0)

    def on_unmount(self) -> None:
        """Let it say it again."""
        self.behind.hide(False)

    def action_hear(self, source: int) -> None:
        """Hear A or B."""
        self._switch(source, "AB"[source])

    def action_hear_x(self) -> None:
        """Hear X."""
        self._switch(self.run.x, "X")

    def action_play(self) -> None:
        """Play or pause."""
        self.behind.action_run("play")

    def action_seek(self, action: str) -> None:
        """Go to another place."""
        self.behind.action_run(action)

    def action_answer(self, said: int) -> None:
        """Say what X is; a trial with a dropout is void and drawn again."""
        if self.run.over:
            return
        self.run.answer(said, VOID if self._underflows > self.underflows else "")
        self.underflows = self._underflows
        self._log()
        self._switch(0, "A")

    def action_leave(self) -> None:
        """Give the run up, or leave when it is over; either way it is logged."""
        if not self.run.over:
            self.run.abort()
            self._log()
            return self._draw()
        self.dismiss()

    @property
    def _underflows(self) -> int:
        return self.behind.playback.underflows if self.behind.playback else 0

    def _switch(self, source: int, name: str) -> None:
        self.heard = name
        self.behind.do(self.listening.player.switch(source))
        self._draw()

    def _log(self) -> None:
        try:
            self.record.write(self.run, self.listening.conditions())
        except OSError as error:
            self.app.notify(f"the run is not logged: {error.strerror or error}", severity="warning", markup=False)

    def _draw(self) -> None:
        self.query_one(Paper).show(self._words)

    def _words(self, width: int) -> Text:
        ink = self.behind.app.ink
        if self.run.over:
            outcome = self.run.outcome()
            style = ink.loud if outcome.distinguished else ink.normal
            seed = f"\n\nseed {outcome.seed}, logged in {self.audition.folder / 'abx'}"
            return Text.assemble((outcome.sentence, style), (seed, ink.muted), ("\n\nEsc leaves", ink.muted))
        voided = sum(bool(answer.void) for answer in self.run.answers)
        again = f", {voided} void" if voided else ""
        keys = {
            "a b x": "hear A, B, X", "Space": "play or pause", ", .": "earlier, later", "A B": "X is A, X is B",
            "Esc": "give up",
        }  # fmt: skip
        line = Text()
        for key, does in keys.items():
            line.append(f"{key:>6} ", ink.accent).append(f"{does}\n", ink.muted)
        needed = f"{self.run.needed} right answers of {self.run.trials} tell them apart; the score is hidden till then"
        head = f"trial {self.run.trial} of {self.run.trials}{again}"
        return Text.assemble(
            (head, ink.loud), (f"     you hear {self.heard}\n\n", ink.normal), line, (f"\n{needed}", ink.muted)
        )

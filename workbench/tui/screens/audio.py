"""Two sounds on one time axis, heard and seen: A, B, and what they differ by."""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from workbench.model.errors import WorkbenchError
from workbench.model.listening import Playback, PlayerFault
from workbench.tui import actions, handlers
from workbench.tui.audio_actions import AUDIO_ACTIONS, BY_ID
from workbench.tui.screens import audio_drawing
from workbench.tui.screens.main import HEIGHTS, WIDTHS
from workbench.tui.widgets.paper import Paper
from workbench.tui.widgets.spectrogram import APART, SOUND, Spectrogram
from workbench.tui.widgets.waveform import Waveform

if TYPE_CHECKING:
    from workbench.engine.audition import Audition
    from workbench.engine.hearing import Wish
    from workbench.tui.app import WorkbenchApp


class AudioScreen(Screen[None]):
    """Hears what `wish` names; another wish takes its place on the same screen."""

    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings(AUDIO_ACTIONS)]
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    app: "WorkbenchApp"

    def __init__(self, app: "WorkbenchApp", wish: "Wish") -> None:
        super().__init__()
        self.wish = wish
        self.audition: Audition | None = None
        self.playback: Playback | None = None
        self.fault: PlayerFault | None = None
        self.refused = ""
        self.page = ""
        self.loop_from: int | None = None
        self.listened_to = 0
        self.hidden = False
        self.view = ""
        self.waves = [
            Waveform(app.ink, colour, id=f"wave-{n}") for n, colour in enumerate(("accent", "passed", "failed"))
        ]
        self.maps = [Spectrogram(app.ink, scale, id=f"map-{n}") for n, scale in enumerate((SOUND, SOUND, APART))]

    def compose(self) -> ComposeResult:
        """Yield three sounds, each under a line that says which, the axis, the numbers and the keys."""
        yield Paper(id="audio-title")
        for index in range(3):
            yield Paper(id=f"audio-rule-{index}", classes="rule")
            yield self.waves[index]
            yield self.maps[index]
        yield Paper(id="audio-axis")
        yield Paper(id="audio-numbers", grows=True)
        yield Paper(id="audio-status", grows=True)
        yield Paper(id="audio-footer")

    def on_mount(self) -> None:
        """Have the pair made."""
        self.hear(self.wish)

    @work(exclusive=True, group="hear", exit_on_error=False)
    async def hear(self, wish: "Wish") -> None:
        """Hear another pair; what cannot be heard is said, and the one before goes on."""
        self.draw()
        try:
            audition = await self.app.engine.audition(wish, self.said)
        except (WorkbenchError, OSError) as error:
            self.refused = str(error)
            return self.draw()
        before, self.audition, self.wish, self.refused = self.audition, audition, wish, ""
        self.playback = self.fault = None
        if before:
            await before.listening.close()
        self.draw_sounds()
        await audition.listening.open()

    def said(self, said: Playback | PlayerFault) -> None:
        """Follow the player."""
        if isinstance(said, PlayerFault):
            self.fault = said
        else:
            self.playback, self.fault = said, None
        if self.is_mounted:
            audio_drawing.draw_playback(self)

    def toggle(self, treatment: str) -> None:
        """Hear the pair otherwise: `level` or `align`, on or off."""
        self.do(self._toggled(treatment))

    async def _toggled(self, treatment: str) -> None:
        if self.audition:
            await self.audition.toggle(treatment)
            self.draw_sounds()

    def hide(self, hidden: bool) -> None:
        """Say nothing, or again, of which sound is heard: during a blind test it must not be seen."""
        self.hidden = hidden
        self.draw()

    def show_view(self, view: str) -> None:
        """Show waves and maps (empty), or one of them."""
        self.view = view
        self.set_class(view == "waves", "-waves")
        self.set_class(view == "maps", "-maps")
        self.call_after_refresh(self.draw_sounds)

    def do(self, doing: Coroutine[Any, Any, None]) -> None:
        """Do something with the player; what it refuses is said."""
        self.run_worker(self._guarded(doing), exit_on_error=False)

    async def _guarded(self, doing: Coroutine[Any, Any, None]) -> None:
        try:
            await doing
        except (WorkbenchError, OSError) as error:
            self.app.say(str(error), "warning")

    def draw(self) -> None:
        """Draw what is text."""
        audio_drawing.draw_texts(self)

    def draw_sounds(self) -> None:
        """Draw everything: there are other sounds, or they are heard otherwise."""
        audio_drawing.draw_waves(self)
        self.draw_maps()
        self.draw()

    @work(exclusive=True, group="maps", exit_on_error=False)
    async def draw_maps(self) -> None:
        """Draw the maps once they are computed."""
        await audio_drawing.draw_maps(self)

    @property
    def facts(self) -> frozenset[str]:
        """What holds now, as actions need it."""
        audition, playback = self.audition, self.playback
        named = {
            "sound": audition is not None,
            "difference": audition is not None and bool(audition.numbers.difference),
            "older": audition is not None and bool(audition.firsts),
            "playing": playback is not None and playback.playing,
            "heard": playback is not None and self.fault is None,
            "loop": playback is not None and playback.loop is not None,
            "level": audition is not None and audition.listening.treatment.level,
            "align": audition is not None and audition.listening.treatment.align,
            "fault": self.fault is not None,
        }
        return frozenset(name for name, holds in named.items() if holds)

    def paper(self, id: str) -> Paper:
        """Return one of the screen's texts."""
        return self.query_one(f"#audio-{id}", Paper)

    def action_run(self, id: str) -> None:
        """Do what the action says."""
        handlers.perform(self, BY_ID[id])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let a key through only if it would do something now."""
        return action != "run" or BY_ID[str(parameters[0])].possible(self.facts)

    def run_chosen(self, action: actions.Action | None) -> None:
        """Do what was chosen from the list of keys, if it would do something."""
        if action and action.possible(self.facts):
            handlers.perform(self, action)

    def on_resize(self) -> None:
        """Draw for the new size once the widgets have theirs."""
        self.call_after_refresh(self.draw_sounds)

    async def on_unmount(self) -> None:
        """End the player."""
        if self.audition:
            await self.audition.listening.close()

    @property
    def waiting(self) -> Text:
        """What is said while there is nothing to see."""
        ink = self.app.ink
        if self.refused:
            return Text(f"✗ {self.refused}", ink.failed)
        return Text(f"{self.wish.stage} runs on {self.wish.input}", ink.muted)

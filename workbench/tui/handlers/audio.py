"""What keys do while two sounds are heard."""

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.tui.audio_actions import AUDIO_ACTIONS

if TYPE_CHECKING:
    from workbench.engine.listening import Listening
    from workbench.tui.screens.audio import AudioScreen

STEP = 0.5
"""Seconds of one step."""
LEAD = 0.2
"""Seconds that are heard before the worst place."""
VIEWS = ("", "waves", "maps")


def _listening(screen: "AudioScreen") -> "Listening":
    assert screen.audition
    return screen.audition.listening


def _position(screen: "AudioScreen") -> int:
    return screen.playback.position if screen.playback else 0


def play(screen: "AudioScreen") -> None:
    """Play or pause."""
    player = _listening(screen).player
    screen.do(player.pause() if "playing" in screen.facts else player.play())


def flip(screen: "AudioScreen") -> None:
    """Hear the other one."""
    source = screen.playback.source if screen.playback else 0
    screen.do(_listening(screen).player.switch(1 if source == 0 else 0))


def difference(screen: "AudioScreen") -> None:
    """Hear the difference, or A again."""
    source = screen.playback.source if screen.playback else 0
    screen.do(_listening(screen).player.switch(0 if source == 2 else 2))


def earlier(screen: "AudioScreen") -> None:
    """Half a second back."""
    _seek(screen, _position(screen) - round(STEP * _listening(screen).rate))


def later(screen: "AudioScreen") -> None:
    """Half a second on."""
    _seek(screen, _position(screen) + round(STEP * _listening(screen).rate))


def first(screen: "AudioScreen") -> None:
    """To the beginning."""
    _seek(screen, 0)


def worst(screen: "AudioScreen") -> None:
    """To shortly before the 20 ms that differ most."""
    assert screen.audition
    _seek(screen, screen.audition.worst_at - round(LEAD * _listening(screen).rate))


def _seek(screen: "AudioScreen", frame: int) -> None:
    listening = _listening(screen)
    screen.do(listening.player.seek(min(max(frame, 0), max(listening.frames - 1, 0))))


def loop_in(screen: "AudioScreen") -> None:
    """Repeat from here on: to the end that was set, if that lies behind, else to the end of all."""
    end = screen.playback.loop[1] if screen.playback and screen.playback.loop else _listening(screen).frames
    here = _position(screen)
    _loop(screen, here, end if end > here else _listening(screen).frames)


def loop_out(screen: "AudioScreen") -> None:
    """Repeat up to here: from the beginning that was set, if that lies before, else from the start."""
    begin = screen.playback.loop[0] if screen.playback and screen.playback.loop else 0
    here = _position(screen)
    _loop(screen, begin if begin < here else 0, here)


def _loop(screen: "AudioScreen", begin: int, end: int) -> None:
    screen.do(_listening(screen).player.loop((begin, end)))


def loop_off(screen: "AudioScreen") -> None:
    """Repeat nothing."""
    screen.do(_listening(screen).player.loop(None))


def level(screen: "AudioScreen") -> None:
    """Equally loud, or as they are."""
    screen.toggle("level")


def align(screen: "AudioScreen") -> None:
    """At the same time, or as they are."""
    screen.toggle("align")


def before(screen: "AudioScreen") -> None:
    """A is the build before the newest one, or the reference."""
    assert screen.audition
    screen.hear(replace(screen.wish, first=screen.audition.before()))


def pin(screen: "AudioScreen") -> None:
    """Keep the newest build."""
    assert screen.audition
    screen.audition.pin()
    screen.app.say(f"{screen.audition.listening.pair.b.name} is kept: o hears later ones against it")


def walk(screen: "AudioScreen") -> None:
    """A is the next one of the reference and the kept builds."""
    assert screen.audition
    screen.hear(replace(screen.wish, first=screen.audition.next_first()))


def view(screen: "AudioScreen") -> None:
    """Waves and maps, waves alone, maps alone."""
    screen.show_view(VIEWS[(VIEWS.index(screen.view) + 1) % len(VIEWS)])


def abx(screen: "AudioScreen") -> None:
    """Open a run."""
    from workbench.tui.screens.abx import AbxScreen

    screen.app.push_screen(AbxScreen(screen))


def web(screen: "AudioScreen") -> None:
    """Serve the page, and say where it is."""
    listening = _listening(screen)
    address = listening.page()
    screen.page = f"{address}  from elsewhere: {listening.forward}"
    screen.app.copy_to_clipboard(address)
    screen.app.say("copied the page's address")
    screen.draw()


def export(screen: "AudioScreen") -> None:
    """Write wav files."""
    assert screen.audition
    files = screen.audition.export()
    screen.app.say(f"wrote {', '.join(path.name for path in files)} in {files[0].parent}")


def retry(screen: "AudioScreen") -> None:
    """Start the player again."""
    screen.fault = screen.playback = None
    screen.do(_listening(screen).player.retry())
    screen.draw()


def help(screen: "AudioScreen") -> None:
    """List the keys."""
    from workbench.tui.screens.help import HelpScreen

    screen.app.push_screen(HelpScreen(screen.app.ink, AUDIO_ACTIONS, screen.facts, "keys"), screen.run_chosen)


def back(screen: "AudioScreen") -> None:
    """Back to the table."""
    screen.dismiss()

"""From a pair of sounds to the audio screen."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text

from workbench.tui.audio_actions import AUDIO_ACTIONS
from workbench.tui.text import audio
from workbench.tui.text.footer import keys_line
from workbench.tui.widgets.rule import rule

if TYPE_CHECKING:
    from workbench.engine.audition import Audition
    from workbench.tui.screens.audio import AudioScreen

WORST = "▲"


def draw_waves(screen: "AudioScreen") -> None:
    """Draw the envelopes, A and B by one scale."""
    audition = screen.audition
    if audition is None:
        return
    for source, wave in enumerate(screen.waves):
        wave.show(partial(audition.envelope, source), audition.scale(source))


async def draw_maps(screen: "AudioScreen") -> None:
    """Compute the maps off the screen's thread, and draw them."""
    audition, size = screen.audition, screen.maps[0].size
    if audition is None or not size.area:
        return
    maps = await asyncio.to_thread(audition.maps, size.width, 2 * size.height)
    for each, shades in zip(screen.maps, maps, strict=True):
        each.show(shades)


def draw_texts(screen: "AudioScreen") -> None:
    """Draw all that is text."""
    if not screen.is_mounted:
        return
    ink, audition = screen.app.ink, screen.audition
    if audition:
        _draw_axis(screen, audition)
    screen.paper("title").show(lambda width: audio.title(_title(screen), ink, width, _about(audition)))
    for index in range(3):
        _draw_rule(screen, index)
    screen.paper("numbers").show(lambda width: _numbers(screen))
    draw_playback(screen)


def draw_playback(screen: "AudioScreen") -> None:
    """Draw what moves while it plays."""
    ink, audition, playback = screen.app.ink, screen.audition, screen.playback
    facts = screen.facts
    screen.paper("footer").show(lambda width: keys_line(facts, ink, width, AUDIO_ACTIONS))
    if audition is None:
        return screen.paper("status").show(lambda width: screen.waiting)
    listening, width = audition.listening, screen.waves[0].size.width or screen.size.width
    source = -1 if screen.hidden else playback.source if playback else 0
    if source != screen.listened_to:
        screen.listened_to = source
        for index in range(3):
            _draw_rule(screen, index)
    screen.paper("status").show(lambda _: _status(screen, audition))
    column = _column(playback.position, listening.frames, width) if playback else None
    loop = playback.loop if playback and playback.loop else ()
    for each in (*screen.waves, *screen.maps):
        each.place(column, tuple(_column(frame, listening.frames, width) for frame in loop))


def _draw_axis(screen: "AudioScreen", audition: "Audition") -> None:
    ink, listening = screen.app.ink, audition.listening
    seconds, found = listening.frames / listening.rate, audition.numbers.difference

    def write(width: int) -> Text:
        marks = {_column(audition.worst_at, listening.frames, width): WORST} if found and found.error else {}
        return audio.axis(seconds, width, ink, marks)

    screen.paper("axis").show(write)


def _column(frame: int, frames: int, width: int) -> int:
    return min(frame * width // max(frames, 1), max(width - 1, 0))


def _title(screen: "AudioScreen") -> str:
    wish = screen.wish
    return wish.stage if wish.stage == wish.output else f"{wish.stage} {wish.output}"


def _about(audition: "Audition | None") -> tuple[str, ...]:
    if audition is None:
        return ()
    listening = audition.listening
    return (audition.wish.input, f"{listening.rate} Hz", f"{listening.frames / listening.rate:.2f} s")


def _draw_rule(screen: "AudioScreen", index: int) -> None:
    ink, audition = screen.app.ink, screen.audition
    parts = [audio.NAMES[index], *(_of(audition, index) if audition else ())]
    heard = screen.listened_to == index
    screen.paper(f"rule-{index}").show(lambda width: rule(parts, ink, width, heard))


def _of(audition: "Audition", index: int) -> list[str]:
    pair, heard = audition.listening.pair, audition.listening.heard
    if index == 2:
        return [f"boosted by {heard.boost:.0f} dB" if heard.boost else "as it is"]
    signal = (pair.a, pair.b)[index]
    said = [each for each in heard.said if each.startswith(f"{'AB'[index]} ")]
    return [signal.name, *([signal.note] if signal.note else []), *said]


def _numbers(screen: "AudioScreen") -> Text:
    audition, ink = screen.audition, screen.app.ink
    if audition is None:
        return Text()
    lines = [*audio.gates(audition.numbers, ink), audio.never_gates(audition.shown, ink)]
    if not audition.listening.pair.injected:
        lines.insert(0, Text(f"! {audio.NO_NULL}", ink.limited))
    return Text("\n").join(lines)


def _status(screen: "AudioScreen", audition: "Audition") -> Text:
    listening, ink = audition.listening, screen.app.ink
    if screen.hidden:
        return Text("a blind test runs", ink.muted)
    text = audio.status(screen.playback, screen.fault, listening.rate, listening.frames, ink)
    if screen.refused:
        text.append(f"\n✗ {screen.refused}", ink.failed)
    if screen.page:
        text.append(f"\n{screen.page}", ink.accent)
    return text

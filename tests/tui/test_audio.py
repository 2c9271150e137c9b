"""The audio screen: what is heard, what is seen of it, and what it says when nothing can be heard."""

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from driving import NARROW, WIDE, Open, Screen
from hearing import RATE, Ears, faulty, heard, speech
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import Color as Rich
from rich.color import ColorSystem
from textual.color import Color

from workbench.model.errors import WorkbenchError
from workbench.model.listening import PlayerFault
from workbench.tui.screens.audio import AudioScreen
from workbench.tui.widgets.spectrogram import SHADES, WEIGHTS, cell_style, colour, weights
from workbench.tui.widgets.waveform import braille


@pytest.fixture
def ears(tmp_path: Path) -> Ears:
    sound = speech()
    return Ears(tmp_path / "heard", sound, faulty(sound))


@asynccontextmanager
async def listening(open_screen: Open, ears: Ears, size: tuple[int, int] = (140, 44)) -> AsyncIterator[Screen]:
    async with open_screen(heard(), size) as screen:
        screen.engine.hears = ears
        await screen.press("l")
        await drawn(screen)
        yield screen


async def drawn(screen: Screen) -> None:
    """Wait for the pair, and for the maps, which are computed beside the screen."""
    for _ in range(200):
        await screen.pilot.pause(0.02)
        top = screen.app.screen
        busy = [worker for worker in screen.app.workers if worker.node is top and not worker.is_finished]
        if isinstance(top, AudioScreen) and not busy and (top.refused or top.audition):
            break
    await screen.pilot.pause()


async def test_l_hears_the_sound_of_the_row(open_screen: Open, ears: Ears) -> None:
    async with listening(open_screen, ears) as screen:
        assert (ears.wishes[0].stage, ears.wishes[0].input, ears.wishes[0].output) == ("audio", "arctic", "audio")
        for said in (
            "reference",
            "build #37 a1f3c2",
            "24000 Hz",
            "4.00 s",
            "lag +1.00",
            "never gates",
            "as it is",
        ):
            assert said in screen.text, screen.text
        assert ears.players[0].asked[0] == ("load", RATE, 96_000, 96_000, 96_000)
        await screen.press("escape")
        assert "lag" in screen.text and ears.players[0].asked[-1] == ("close",)


async def test_keys_play_flip_and_seek(open_screen: Open, ears: Ears) -> None:
    async with listening(open_screen, ears) as screen:
        player = ears.players[0]
        await screen.press("space")
        assert player.now.playing and "▶ A" in screen.text
        await screen.press("x")
        assert player.now.source == 1 and "▶ B" in screen.text
        await screen.press("d")
        assert player.now.source == 2 and "▶ A−B" in screen.text
        await screen.press("t")
        await drawn(screen)
        await screen.press("d", "n")
        assert player.now.source == 0 and 0 < 62_000 - player.now.position < 0.25 * RATE
        before = player.now.position
        await screen.press("full_stop", "full_stop", "comma")
        assert player.now.position == before + RATE // 2
        await screen.press("right_curly_bracket")
        assert player.now.loop == (0, player.now.position) and "loop 0.00–" in screen.text
        await screen.press("backslash", "space")
        assert player.now.loop is None and not player.now.playing


async def test_level_and_time_are_left_alone_until_asked_and_say_what_they_do(open_screen: Open, ears: Ears) -> None:
    async with listening(open_screen, ears) as screen:
        assert "A by" not in screen.text and "moved by" not in screen.text
        await screen.press("m", "t")
        await drawn(screen)
        assert "A by -0.27 dB" in screen.text and "B moved by -1.00 samples" in screen.text, screen.text
        assert "lag +1.00" in screen.text, "the numbers stay those of the sounds as they came"
        await screen.press("m", "t")
        await drawn(screen)
        assert "A by" not in screen.text and "moved by" not in screen.text


async def test_one_key_puts_the_build_before_in_place_of_the_reference(open_screen: Open, ears: Ears) -> None:
    async with listening(open_screen, ears) as screen:
        await screen.press("o")
        await drawn(screen)
        assert ears.wishes[-1].first == "7be01d55" and ears.players[0].asked[-1] == ("close",)
        await screen.press("o")
        await drawn(screen)
        assert ears.wishes[-1].first == "" and "reference" in screen.text


async def test_what_cannot_be_heard_is_one_sentence_and_what_was_heard_goes_on(open_screen: Open, ears: Ears) -> None:
    async with open_screen(heard()) as screen:
        screen.engine.hears = WorkbenchError("nothing is built yet: wait")
        await screen.press("l")
        await drawn(screen)
        assert "✗ nothing is built yet: wait" in screen.text
        await screen.press("space", "x", "d", "n", "escape")
        screen.engine.hears = ears
        await screen.press("l")
        await drawn(screen)
        screen.engine.hears = WorkbenchError("build #36 gave no audio")
        await screen.press("o")
        await drawn(screen)
        assert "✗ build #36 gave no audio" in screen.text and "lag +1.00" in screen.text
        await screen.press("space")
        assert ears.players[0].now.playing


async def test_a_lost_device_is_said_and_r_retries(open_screen: Open, ears: Ears) -> None:
    async with listening(open_screen, ears) as screen:
        player = ears.players[0]
        player.fault = PlayerFault("the sound server went away: press r to retry")
        player.say()
        await screen.pilot.pause()
        assert "✗ the sound server went away: press r to retry" in screen.text and "r retry" in screen.text
        await screen.press("r")
        assert "went away" not in screen.text


async def test_a_pair_without_its_noise_says_that_a_null_means_nothing(open_screen: Open, tmp_path: Path) -> None:
    sound = speech()
    async with listening(open_screen, Ears(tmp_path / "heard", sound, sound[:-100], injected=False)) as screen:
        assert "a null means nothing here" in screen.text
        assert "96000 frames against 95900" in screen.text
    async with listening(open_screen, Ears(tmp_path / "again", sound, sound, injected=False)) as screen:
        assert "a null means nothing here" in screen.text and "SNR ∞ dB" in screen.text


async def test_a_blind_test_hides_what_is_heard_and_the_score_until_its_end(open_screen: Open, ears: Ears) -> None:
    async with listening(open_screen, ears) as screen:
        await screen.press("space", "X")
        player = ears.players[0]
        assert "trial 1 of 16" in screen.text
        await screen.press("x")
        assert "you hear X" in screen.text and "▶" not in screen.text
        await screen.press("A")
        player.say(underflows=1)
        await screen.press("B")
        assert "trial 2 of 16, 1 void" in screen.text
        assert "p =" not in screen.text and "seed" not in screen.text
        for _ in range(15):
            await screen.press("x", "A")
        assert "p =" in screen.text and "seed" in screen.text
        assert "identical" not in screen.text
        logs = list((ears.folder / "abx").glob("*.json"))
        log = json.loads(logs[0].read_bytes())
        assert len(logs) == 1 and len(log["answers"]) == 17 and log["outcome"]["counted"] == 16
        await screen.press("escape")
        assert "▶ A" in screen.text


@pytest.mark.parametrize("size", [NARROW, (120, 40), WIDE])
async def test_every_size_has_the_waves_the_numbers_and_the_keys(
    open_screen: Open, ears: Ears, size: tuple[int, int]
) -> None:
    async with listening(open_screen, ears, size) as screen:
        assert sum(any("⠁" <= char <= "⣿" for char in line) for line in screen.grid) >= 6
        assert "gates" in screen.text and "Space play" in screen.text and "? help" in screen.text
        assert all(len(line) <= size[0] for line in screen.grid)
        if size != NARROW:
            assert "▀" in screen.text
        else:
            await screen.press("v", "v")
            await drawn(screen)
            assert "▀" in screen.text


async def test_without_colours_a_map_is_still_a_map(
    open_screen: Open, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with listening(open_screen, ears) as screen:
        assert "▀" not in screen.text and all(weight in screen.text for weight in WEIGHTS)


async def test_only_rows_of_stages_with_sounds_can_be_heard(open_screen: Open) -> None:
    async with open_screen("failing") as screen:
        assert "listen" not in screen.text
        await screen.press("l")
        assert not isinstance(screen.app.screen, AudioScreen)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=2, max_size=12), st.integers(1, 5))
@settings(max_examples=80, deadline=None)
def test_dots_are_lit_from_the_smallest_to_the_largest_sample(pieces: list[tuple[float, float]], height: int) -> None:
    pieces = [(min(piece), max(piece)) for piece in pieces] * 2
    lines = braille(np.array([low for low, _ in pieces]), np.array([high for _, high in pieces]), height)
    rows = 4 * height
    bits = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
    for column, (low, high) in enumerate(pieces):
        lit = [r for r in range(rows) if (ord(lines[r // 4][column // 2]) - 0x2800) & bits[column % 2][r % 4]]
        assert lit and lit == list(range(lit[0], lit[-1] + 1))
        edge = 2 / rows
        assert 1 - lit[0] * edge >= high - 1e-9 and 1 - (lit[-1] + 1) * edge <= low + 1e-9
        assert (1 - lit[0] * edge) - high < edge + 1e-9 and low - (1 - (lit[-1] + 1) * edge) < edge + 1e-9


def test_shades_grow_in_contrast_to_the_background() -> None:
    for dark in (True, False):
        for scale in ("sound", "apart"):
            lightness = [colour(shade, scale, dark).brightness for shade in range(SHADES)]
            assert all(b > a if dark else b < a for a, b in itertools.pairwise(lightness))
    assert cell_style(0, 51, "sound", True).color != cell_style(51, 0, "sound", True).color
    assert weights([0, 51, 0], [0, 0, 25]) == f"{WEIGHTS[0]}{WEIGHTS[-1]}{WEIGHTS[2]}"


def test_a_map_is_told_apart_in_256_colours() -> None:
    for scale in ("sound", "apart"):
        shades = [colour(shade, scale, True).rich_color.downgrade(ColorSystem.EIGHT_BIT) for shade in range(SHADES)]
        light = [Color.from_rich_color(Rich.from_triplet(shade.get_truecolor())).brightness for shade in shades]
        assert len({shade.number for shade in shades}) >= 12
        groups = [sum(group) / len(group) for group in np.array_split(light, 6)]
        assert all(stronger > weaker + 0.03 for weaker, stronger in pairwise(groups)), groups


async def test_the_playhead_covers_one_column_and_nothing_else(open_screen: Open, ears: Ears) -> None:
    async with listening(open_screen, ears) as screen:
        before = screen.grid
        ears.players[0].say(position=48_000)
        await screen.pilot.pause()
        after = screen.grid
        width, changed = screen.app.size.width, set[int]()
        for a, b in zip(before[1:35], after[1:35], strict=True):
            changed |= {at for at in range(len(a)) if a[at : at + 1] != b[at : at + 1]}
        assert changed == {0, width // 2}

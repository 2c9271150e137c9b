"""What is heard of the real port: the reference, this build and the one before, and what the check says of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.loop.driving import Loop, running
from tests.workspace import session_of
from workbench.engine.audition import Audition
from workbench.engine.hearing import Wish
from workbench.model.errors import WorkbenchError
from workbench.model.row import Row
from workbench.model.verdict import Verdict

SESSION = Path("sessions/cosyvoice3/session.toml")
DECODER = "../hift/decoder.rs"
CLAMP = "        sound.clamp(-self.config.audio_limit, self.config.audio_limit)\n"
FLIPPED = "        sound.clamp(-self.config.audio_limit, self.config.audio_limit)? * -0.5\n"
ON = "odd"


@pytest.fixture
def vocoder(workspace: Path) -> Iterator[Path]:
    """The workspace with three of the vocoder's stages: two that are sounds, and a pitch that is heard through one."""
    before = (workspace / SESSION).read_text()
    text = re.sub(r"(?m)^(inputs|sounds) = .*\n", "", session_of(["hift.f0", "hift.source", "hift.decode"]))
    text = re.sub(r"(?m)^hear = .*\n", "", text)
    f0, source, decode = (
        'hear = { f0 = "hift.source.f0" }',
        "sounds = { source = 24_000 }",
        "sounds = { audio = 24_000 }",
    )
    for stage, more in (("hift.f0", f0), ("hift.source", source), ("hift.decode", decode)):
        text = text.replace(f'[stages."{stage}"]\n', f'[stages."{stage}"]\ninputs = ["{ON}"]\n{more}\n')
    (workspace / SESSION).write_text(text)
    yield workspace
    (workspace / SESSION).write_text(before)


async def audition(loop: Loop, output: str = "audio", first: str = "", stage: str = "hift.decode") -> Audition:
    return await loop.engine.audition(Wish(stage, ON, output, first), lambda said: None)


def sounds(found: Audition) -> list[np.ndarray]:
    return [np.load(signal.samples).astype(np.float64) for signal in (found.listening.pair.a, found.listening.pair.b)]


def rows(loop: Loop) -> dict[str, Row]:
    return {row.name: row for row in loop.board.all_rows() if row.stage == "hift.decode"}


async def test_before_and_after_an_edit_can_be_heard_and_the_numbers_say_what_the_edit_did(vocoder: Path) -> None:
    async with running(vocoder) as loop:
        right = rows(loop)
        for name in ("form", "clipping", "silence", "dc", "snr", "lag", "gain", "null", "worst"):
            assert right[f"audio:{name}"].verdict is Verdict.PASS, right[f"audio:{name}"]
        reference, port = sounds(await audition(loop))
        assert np.any(reference) and 0 < np.max(np.abs(port - reference)) < 1e-3

        pitch = await audition(loop, "f0", stage="hift.f0")
        assert pitch.listening.pair.a.note.startswith("heard through hift.source of #")
        heard = sounds(pitch)
        assert heard[0].shape == heard[1].shape and np.max(np.abs(heard[0])) > 0.01

        done, _ = await loop.save(DECODER, CLAMP, FLIPPED)
        wrong = rows(loop)
        assert done.verdict is Verdict.FAIL and done.first and done.first.name == "audio"
        failed = {
            name.removeprefix("audio:")
            for name, row in wrong.items()
            if row.kind == "sound" and row.verdict is Verdict.FAIL
        }
        assert {"snr", "gain", "worst"} <= failed and not failed & {"form", "clipping", "silence", "null", "lag"}
        assert wrong["audio:gain"].said == "-6.0 dB flipped"

        found = await audition(loop)
        again, flipped = sounds(found)
        assert np.array_equal(again, reference) and np.array_equal(
            flipped, (port.astype(np.float32) * np.float32(-0.5))
        )
        assert found.numbers.difference and found.numbers.difference.gain == pytest.approx(-0.5, abs=1e-4)
        before = await audition(loop, first=found.before())
        assert before.listening.pair.a.name != "reference"
        assert np.array_equal(sounds(before)[0], port) and np.array_equal(sounds(before)[1], flipped)
        kept = list((vocoder / "home" / "builds").rglob("outputs/hift.decode-*"))
        assert len(kept) == 2
        for file in kept:
            file.unlink()
        assert np.array_equal(sounds(await audition(loop, first=found.before()))[0], port), "it is run again"
        with pytest.raises(WorkbenchError, match="no build `nothing`"):
            await audition(loop, first="nothing")
        with pytest.raises(WorkbenchError, match="`phase` is no sound"):
            await audition(loop, "phase")
        await loop.save(DECODER, FLIPPED, CLAMP)

"""The stage `frontend.prompt`, and the wav that a chain begins with."""

import struct
import wave
from pathlib import Path
from typing import Any

import pytest
import torch
from cosyvoice3_reference.frontend import prompt
from cosyvoice3_reference.speech import DATA, read_wav

from tests.sessions.conftest import REGISTRY


@pytest.mark.parametrize(("name", "tokens"), [("arctic", 100), ("librivox", 177), ("few", 93)])
def test_tokens_and_mel_are_made_equally_long(name: str, tokens: int) -> None:
    stage = REGISTRY.stages["frontend.prompt"]()
    made = stage.run(stage.build({}, {}), stage.inputs(name, {}))
    assert made["prompt_token"].shape == (1, tokens)
    assert made["prompt_token"].dtype == torch.int64
    assert made["prompt_feat"].shape == (1, 2 * tokens, 80)


def write(path: Path, content: bytes, *, rate: int = 24_000, channels: int = 1, width: int = 2) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(content)


@pytest.fixture
def wav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMPT_WAV", str(tmp_path / "prompt.wav"))
    return tmp_path / "prompt.wav"


def test_without_a_variable_it_is_our_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMPT_WAV", raising=False)
    made, rate = prompt.prompt()
    recorded, recorded_rate = read_wav(DATA / prompt.PROMPT)
    assert (rate, made.shape) == (recorded_rate, (1, len(recorded)))
    assert torch.equal(made[0], recorded)
    assert prompt.frames() == 710


@pytest.mark.parametrize(
    ("width", "content", "expected"),
    [
        (1, bytes([0, 128, 255]), [-1.0, 0.0, 127 / 128]),
        (2, struct.pack("<3h", -32768, 0, 16384), [-1.0, 0.0, 0.5]),
        (3, bytes([0, 0, 128, 0, 0, 0, 0, 0, 64]), [-1.0, 0.0, 0.5]),
        (4, struct.pack("<3i", -(2**31), 0, 2**30), [-1.0, 0.0, 0.5]),
    ],
)
def test_every_width_is_read(wav: Path, width: int, content: bytes, expected: list[float]) -> None:
    write(wav, content, width=width)
    made, rate = prompt.prompt()
    assert rate == 24_000
    assert made.tolist() == [expected]


def test_of_two_channels_the_mean_is_taken(wav: Path) -> None:
    write(wav, struct.pack("<4h", 16384, 0, -16384, -32768), channels=2)
    assert prompt.prompt()[0].tolist() == [[0.25, -0.75]]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"content": b"\0\0" * 8000, "rate": 8000}, "has 8000 Hz: a prompt needs 16000 or more"),
        ({"content": b""}, "has no samples: name another file"),
        ({"content": b"\0\0" * 31 * 16_000, "rate": 16_000}, "lasts 31.0 s: a prompt may last 30"),
    ],
)
def test_a_wav_that_cannot_be_a_prompt_is_told(wav: Path, given: dict[str, Any], sentence: str) -> None:
    write(wav, **given)
    with pytest.raises(ValueError, match=sentence):
        prompt.prompt()


def test_what_is_no_wav_is_told(wav: Path) -> None:
    with pytest.raises(
        ValueError, match=r"prompt\.wav cannot be read as a wav of whole numbers, .*: name another file"
    ):
        prompt.prompt()
    wav.write_bytes(b"")
    with pytest.raises(ValueError, match="it ends too soon: name another file"):
        prompt.prompt()
    wav.write_bytes(b"no sound at all, only words")
    with pytest.raises(ValueError, match=r"cannot be read as a wav of whole numbers, .*RIFF"):
        prompt.prompt()

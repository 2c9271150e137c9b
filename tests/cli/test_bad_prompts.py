"""PROMPT_WAV, as a porter may set it, through the chain of the real session."""

import wave
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.cli.driving import SESSION, reasons, run
from tests.workspace import session_of

CHAIN = """
[chain]
environment = ["PROMPT_WAV"]

[chain.links]
"frontend.resample" = {}
"""


@pytest.fixture(scope="module")
def resampling(workspace: Path) -> Iterator[Path]:
    """The workspace with the stage that reads the prompt, on one input, and a chain of it."""
    before = (workspace / SESSION).read_text()
    (workspace / SESSION).write_text(session_of(["frontend.resample"], ["shortest"]) + CHAIN)
    yield workspace
    (workspace / SESSION).write_text(before)


def written(path: Path, *, rate: int = 24_000, seconds: float = 0.5, channels: int = 1, width: int = 2) -> Path:
    """Write a wav of noise; returns its path."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(Random(0).randbytes(channels * width * int(rate * seconds)))
    return path


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"rate": 8000}, "has 8000 Hz: a prompt needs 16000 or more"),
        ({"seconds": 0.0}, "has no samples: name another file"),
        ({"seconds": 31.0}, "lasts 31.0 s: a prompt may last 30"),
    ],
)
def test_a_wav_that_cannot_be_a_prompt_is_one_sentence(
    resampling: Path, tmp_path: Path, wrong: dict[str, float], sentence: str
) -> None:
    prompt = written(tmp_path / "prompt.wav", **wrong)  # type: ignore[arg-type]
    done = run("check", "--chain", "--json", cwd=resampling, PROMPT_WAV=str(prompt))
    assert done.returncode == 1
    (reason,) = reasons(done)
    assert f"{prompt} {sentence}" in reason


@pytest.mark.parametrize("content", [b"", b"only words", None])
def test_what_is_no_wav_is_one_sentence(resampling: Path, tmp_path: Path, content: bytes | None) -> None:
    prompt = tmp_path / "prompt.wav"
    if content is not None:
        prompt.write_bytes(content)
    done = run("check", "--chain", "--json", cwd=resampling, PROMPT_WAV=str(prompt))
    assert done.returncode == 1
    (reason,) = reasons(done)
    assert f"{prompt} cannot be read as a wav of whole numbers" in reason and "name another file" in reason


@pytest.mark.parametrize("kind", [{"channels": 2}, {"width": 3}])
def test_two_channels_and_24_bits_are_read_as_the_original_reads_them(
    resampling: Path, tmp_path: Path, kind: dict[str, int]
) -> None:
    prompt = written(tmp_path / "prompt.wav", **kind)  # type: ignore[arg-type]
    done = run("check", "--chain", "--json", cwd=resampling, PROMPT_WAV=str(prompt))
    assert (done.returncode, reasons(done)) == (0, [])

"""Sound files of many kinds, as the player wants them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.audio.player.signals import RATE, chirp, tone
from workbench.audio.files import FileSound, read, resampled

A = chirp(RATE)


@pytest.mark.parametrize(("name", "subtype"), [("a.wav", "FLOAT"), ("a.wav", "DOUBLE"), ("a.au", "FLOAT")])
def test_floats_come_as_they_are(tmp_path: Path, name: str, subtype: str) -> None:
    soundfile.write(tmp_path / name, A, RATE, subtype=subtype)
    found = read(tmp_path / name)
    np.testing.assert_array_equal(found.samples, A)
    assert (found.rate, found.channels, found.note) == (RATE, 1, "") and found.samples.dtype == np.float32


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.aiff"])
def test_16_bits_are_read_exactly(tmp_path: Path, name: str) -> None:
    steps = np.round(A * 2**15).astype(np.int16)
    soundfile.write(tmp_path / name, steps, RATE)
    np.testing.assert_array_equal(read(tmp_path / name).samples, steps.astype(np.float32) / 2**15)


@pytest.mark.parametrize("name", ["a.ogg", "a.mp3"])
def test_lossy_formats_are_read(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / name, A, RATE)
    found = read(tmp_path / name)
    assert found.rate == RATE and abs(len(found.samples) - len(A)) < 0.2 * RATE


def test_channels_are_averaged_and_that_is_said(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.stack([A, -A / 2, A / 2], axis=1), RATE, subtype="FLOAT")
    found = read(tmp_path / "a.wav")
    np.testing.assert_allclose(found.samples, A / 3, atol=1e-7)
    assert found.note == "mean of 3 channels" and found.channels == 3


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_another_rate_is_the_same_sound_and_that_is_said(rate: int) -> None:
    found = resampled(FileSound(tone(RATE), RATE, 1, "mean of 2 channels"), rate)
    t = np.arange(rate) / rate
    middle = slice(rate // 10, -rate // 10)
    want = 0.3 * np.sin(2 * np.pi * 440 * t + 0.5)
    np.testing.assert_allclose(found.samples[middle], want[middle], atol=1e-4)
    assert found.samples.dtype == np.float32 and found.note == "mean of 2 channels, resampled from 24000 Hz"
    assert resampled(found, rate) is found

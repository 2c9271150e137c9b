"""A pair behind its page, and Debian's Chromium."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.audio.installing import needs
from tests.audio.player.signals import RATE, chirp, tone
from workbench.engine.listening import Listening
from workbench.model.listening import Pair, Signal

FRAMES = 2 * RATE


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Listening]:
    for name, samples in (("a", chirp(FRAMES)), ("b", tone(FRAMES - RATE // 2))):
        np.save(tmp_path / f"{name}.npy", samples)
    signals = Signal("reference", tmp_path / "a.npy", RATE), Signal("build 3f", tmp_path / "b.npy", RATE, "Griffin-Lim")
    listening = Listening(Pair(*signals, title="flow › audio"), tmp_path / "logs", lambda said: None)
    yield listening
    listening.end()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser that plays nothing before a person pressed a button."""
    needs("chromium", has="chromium")
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=["--no-sandbox"])
        yield browser
        browser.close()

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from driving import WIDE, Open, Screen, Script
from event_logs import SCENES, Clock

from workbench.model.events import Event
from workbench.tui.app import WorkbenchApp


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "WORKBENCH_ASCII", "TEXTUAL_THEME", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture
def open_screen() -> Open:
    @asynccontextmanager
    async def opened(scene: str | list[Event], size: tuple[int, int] = WIDE) -> AsyncIterator[Screen]:
        events = list(SCENES[scene](Clock())) if isinstance(scene, str) else scene
        engine = Script(events)
        app = WorkbenchApp(engine, engine.clock)
        async with app.run_test(size=size) as pilot:
            screen = Screen(app, pilot, engine)
            await screen.settle()
            yield screen

    return opened

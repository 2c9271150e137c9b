"""The screens as grids of characters; WORKBENCH_UPDATE_PICTURES=1 writes them anew, to be looked at."""

import os
from pathlib import Path

import pytest
from driving import NARROW, Open
from event_logs import SCENES

PICTURES = Path(__file__).parent / "pictures"
SIZES = {"120x40": (120, 40), "80x24": NARROW}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scene", SCENES)
async def test_the_screen_looks_as_it_was_kept(open_screen: Open, scene: str, size: str) -> None:
    async with open_screen(scene, SIZES[size]) as screen:
        shown = screen.text + "\n"
    path = PICTURES / f"{scene}-{size}.txt"
    if os.environ.get("WORKBENCH_UPDATE_PICTURES"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")

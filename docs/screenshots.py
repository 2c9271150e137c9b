"""Makes the pictures of the README: `python docs/screenshots.py [--log FILE.ndjson] [--out docs/pictures]`.

Without a log it draws made-up ones; with a recorded one, the state that it ends in.
"""

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "tests" / "tui")]

SHOTS = {
    "failing": ("explained", (120, 40), ()),
    "passing": ("passing", (120, 40), ("1", "j", "j", "enter")),
    "compile-error": ("compile_error", (120, 40), ()),
    "building": ("building", (120, 40), ()),
    "first-capture": ("first_capture", (120, 40), ()),
    "crash": ("crash", (120, 40), ()),
    "help": ("failing", (120, 40), ("question_mark",)),
    "small": ("explained", (80, 24), ()),
}
"""Picture → scene, size in cells, keys to press."""


HEARD = {"audio": ((120, 40), ("l", "space", "n"))}
"""Picture of two sounds → size in cells, keys to press."""


async def picture(engine: Any, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    """Return the screen once an engine has said all, as SVG, drawn with the reader's own monospace font."""
    from workbench.tui.app import WorkbenchApp

    app = WorkbenchApp(engine, engine.clock)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.0)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.5)
        svg = app.export_screenshot(title="workbench")
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "DejaVu Sans Mono").replace("<text ", '<text xml:space="preserve" ')


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--out", type=Path, default=HERE / "pictures")
    given = parser.parse_args()
    os.environ["TZ"] = "UTC"
    time.tzset()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        shots = {"screen": ("", (120, 40), ())} if given.log else SHOTS
        for name, (scene, size, keys) in shots.items():
            path = given.out / f"{name}.svg"
            save(path, asyncio.run(_replayed(given.log or _made_up(scene, Path(folder)), size, keys)))
        for name, (size, keys) in {} if given.log else HEARD.items():
            save(given.out / f"{name}.svg", asyncio.run(_heard(Path(folder), size, keys)))


def save(path: Path, svg: str) -> None:
    """Write a picture, and say where."""
    path.write_text(svg)
    print(path)


async def _replayed(log: Path, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    from workbench.engine.replay import ReplayEngine

    return await picture(ReplayEngine(log, 0), size, keys)


async def _heard(folder: Path, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    import driving
    import hearing

    engine = driving.Script(hearing.heard())
    engine.hears = hearing.Ears(folder, hearing.speech(), hearing.faulty(hearing.speech()))
    return await picture(engine, size, keys)


def _made_up(scene: str, folder: Path) -> Path:
    import event_logs

    return event_logs.scene(scene, folder)


if __name__ == "__main__":
    main()

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


async def picture(log: Path, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    """Return the screen at the end of a log as SVG, drawn with the reader's own monospace font."""
    from workbench.engine.replay import ReplayEngine
    from workbench.tui.app import WorkbenchApp

    engine = ReplayEngine(log, 0)
    app = WorkbenchApp(engine, engine.clock)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.0)
        await pilot.press(*keys)
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
            path.write_text(asyncio.run(picture(given.log or _made_up(scene, Path(folder)), size, keys)))
            print(path)


def _made_up(scene: str, folder: Path) -> Path:
    import event_logs

    return event_logs.scene(scene, folder)


if __name__ == "__main__":
    main()

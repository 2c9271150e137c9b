"""How soon the screen is there, and how soon it answers a key while rows stream in; prints figures.

`python benchmarks/screen.py [--rows 2000] [--keys 60] [--size 160x48]`; runs the real app in a pseudo-terminal.
"""

import argparse
import fcntl
import json
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
ROOT = HERE.parent.parent
KEY_EVERY = 0.083


def inside(log: str, speed: float, report: str) -> None:
    """Run the app on a log, note when a moved cursor reached the terminal, write the notes at the end."""
    from workbench.engine.replay import ReplayEngine
    from workbench.tui.app import WorkbenchApp

    engine = ReplayEngine(Path(log), speed)
    app = WorkbenchApp(engine, engine.clock)
    notes: dict[str, Any] = {"painted": {}, "draws": [], "first": 0.0}

    class Noting:
        """Stands before the driver's write; a write after the cursor was rendered has carried it out."""

        cursor = -1

    def note() -> None:
        driver, table = app._driver, app.main.table
        assert driver is not None
        write, segments, draw = driver.write, table.segments, app.main.draw

        def written(data: str) -> None:
            write(data)
            if Noting.cursor >= 0:
                notes["painted"].setdefault(str(Noting.cursor), time.monotonic())
                Noting.cursor = -1

        def rendered(index: int, cursor: bool) -> Any:
            if cursor:
                Noting.cursor = index
            return segments(index, cursor)

        def drawn() -> None:
            start = time.perf_counter()
            draw()
            notes["draws"].append(time.perf_counter() - start)

        driver.write, table.segments, app.main.draw = written, rendered, drawn  # type: ignore[method-assign]

    app.call_later(note)
    app.run()
    notes["cpu"] = time.process_time()
    Path(report).write_text(json.dumps(notes))


class Terminal:
    """A child in a pseudo-terminal, and what it wrote."""

    def __init__(self, command: list[str], size: tuple[int, int]) -> None:
        self.started = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", PYTHONPATH=str(ROOT))
            os.environ.pop("NO_COLOR", None)
            os.execv(command[0], command)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.seen = b""

    def read(self, seconds: float) -> bool:
        """Read what comes within the time; return whether the child still lives."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                return True
            try:
                self.seen += os.read(self.fd, 1 << 16)
            except OSError:
                return False
        return True

    def until(self, text: bytes, seconds: float = 20) -> float:
        """Return the seconds from the start until the child wrote the text."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            if time.monotonic() > end or not self.read(0.001):
                raise SystemExit(f"the screen did not show {text!r}:\n{self.seen[-2000:].decode(errors='replace')}")
        return time.monotonic() - self.started

    def end(self) -> None:
        os.write(self.fd, b"q")
        while self.read(0.2):
            pass
        os.waitpid(self.pid, 0)


def first_paint(log: Path, size: tuple[int, int], times: int = 7) -> None:
    """Print the time to the first painted screen beside that of importing Textual alone."""
    bare, painted = [], []
    for _ in range(times):
        start = time.monotonic()
        subprocess.run(
            [sys.executable, "-c", "from textual.app import App; from textual.widgets import Input"], check=True
        )
        bare.append(time.monotonic() - start)
        with tempfile.NamedTemporaryFile() as report:
            terminal = Terminal(_command(log, 0, report.name), size)
            painted.append(terminal.until(b"cosyvoice3"))
            terminal.end()
    own = statistics.median(painted) - statistics.median(bare)
    print(f"python + textual import  {1000 * statistics.median(bare):6.0f} ms")
    print(
        f"first paint, session up  {1000 * statistics.median(painted):6.0f} ms   ours {1000 * own:.0f} ms, aim 250 ms"
    )


def key_answers(log: Path, size: tuple[int, int], keys: int, speed: float) -> None:
    """Print how long `j` takes to reach the terminal while rows stream in."""
    with tempfile.NamedTemporaryFile() as report:
        terminal = Terminal(_command(log, speed, report.name), size)
        terminal.until(b"transformer_blocks")
        terminal.read(2.0)
        sent = []
        for _ in range(keys):
            sent.append(time.monotonic())
            os.write(terminal.fd, b"j")
            terminal.read(KEY_EVERY)
        terminal.read(0.5)
        wall = time.monotonic() - terminal.started
        terminal.end()
        notes = json.loads(Path(report.name).read_text())
    painted = {int(index): moment for index, moment in notes["painted"].items()}
    took = [
        1000 * (moment - sent[index - 1]) for index in range(1, keys + 1) if (moment := _first_from(painted, index))
    ]
    draws = [1000 * each for each in notes["draws"]]
    print(f"keys answered            {len(took):6} of {keys}")
    print(f"key to terminal          {_spread(took)}; aim 50 ms")
    print(f"draws of changed rows    {_spread(draws)}, {len(draws) / wall:.1f} /s")
    print(f"processor                {100 * notes['cpu'] / wall:6.0f} % of one core")


def _first_from(painted: dict[int, float], index: int) -> float:
    """Return when the cursor was first shown on this line or on a later one: two keys may share a painting."""
    return min((moment for line, moment in painted.items() if line >= index), default=0.0)


def _spread(values: list[float]) -> str:
    ordered = sorted(values)
    high = ordered[int(len(ordered) * 0.95)]
    return f"{statistics.median(ordered):6.1f} ms median, {high:.1f} ms p95, {ordered[-1]:.1f} ms most"


def _command(log: Path, speed: float, report: str) -> list[str]:
    return [sys.executable, str(HERE), "--inside", str(log), str(speed), report]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--keys", type=int, default=60)
    parser.add_argument("--size", default="160x48")
    parser.add_argument("--inside", nargs=3)
    given = parser.parse_args()
    if given.inside:
        inside(given.inside[0], float(given.inside[1]), given.inside[2])
        return
    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "tui")]
    import event_logs

    width, height = map(int, given.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        small = event_logs.scene("passing", Path(folder))
        big = event_logs.write_log(Path(folder) / "big.ndjson", event_logs.big(event_logs.Clock(), given.rows, 4))
        print(f"{given.rows} rows, {width}×{height}, python {sys.version.split()[0]}")
        first_paint(small, (width, height))
        for speed in (1.0, 4.0):
            print(f"-- {500 * speed:.0f} rows/s stream in")
            key_answers(big, (width, height), given.keys, speed)


if __name__ == "__main__":
    main()

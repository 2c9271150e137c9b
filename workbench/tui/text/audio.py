"""What the audio screen says in words: whose sounds, how they are heard, what the numbers are."""

import math
from collections.abc import Iterable

from rich.text import Text

from workbench.model.listening import Playback, PlayerFault
from workbench.model.sound import UNBOUNDED, Numbers, Shown
from workbench.report.numbers import counted
from workbench.tui.palette import Palette

NO_NULL = "the model drew noise that the port was not given: a null means nothing here"
NAMES = ("A", "B", "A−B")


def title(name: str, ink: Palette, width: int, extra: tuple[str, ...] = ()) -> Text:
    """Return the top line."""
    line = Text(" ").append(name, ink.loud)
    for part in extra:
        line.append(" · ", ink.muted).append(part, ink.normal)
    line.truncate(width, overflow="ellipsis", pad=True)
    return line


def axis(seconds: float, width: int, ink: Palette, marks: dict[int, str]) -> Text:
    """Return a line of times below the columns that they stand for, and marks at theirs."""
    cells = [" "] * width
    step = _step(seconds, width)
    for index in range(int(seconds / step) + 1):
        label = f"{index * step:g}" if index else "0 s"
        at = round(index * step / seconds * width) if seconds else 0
        if at + len(label) < width:
            cells[at : at + len(label)] = label
    line = Text("".join(cells)[:width], ink.muted)
    for column, mark in marks.items():
        if 0 <= column < width:
            line = line[:column].append(mark, ink.failed).append_text(line[column + 1 :])
    return line


def _step(seconds: float, width: int) -> float:
    """Return the time between two labels: 1, 2 or 5 times a power of ten, 12 cells apart at least."""
    least = max(seconds * 12 / max(width, 1), 1e-3)
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)


def gates(numbers: Numbers, ink: Palette) -> list[Text]:
    """Return the numbers that a verdict goes by: of the difference, then of each sound."""
    found = numbers.difference
    if found is None:
        return [Text.assemble(("gates ", ink.muted), (_not_comparable(numbers), ink.failed)), _levels(numbers, ink)]
    flipped = " flipped" if found.gain < 0 else ""
    first = _line("gates", ink, [
        ("SNR", _decibels(found.snr), False),
        ("lag", f"{found.lag:+z.2f}", abs(found.lag) >= 0.5),
        ("gain", f"{_level(abs(found.gain), '+')}{flipped}", found.gain < 0 or abs(found.gain - 1) > 0.005),
        ("null", _decibels(-found.null), False),
        ("worst", f"{_level(found.worst)} at {found.worst_at / numbers.rate:.2f} s", False),
    ])  # fmt: skip
    return [first, _levels(numbers, ink)]


def _levels(numbers: Numbers, ink: Palette) -> Text:
    found = numbers.difference
    named = [("A peak", _level(numbers.reference.peak), False), ("B peak", _level(numbers.port.peak), False)]
    if found:
        named.append(("DC", f"{found.dc:+.1e}" if found.dc else "0", abs(found.dc) > 1e-4))
    clipped = numbers.reference.clipped, numbers.port.clipped
    if any(clipped):
        named.append(("clipped", f"{clipped[0]} and {clipped[1]}", clipped[1] > clipped[0]))
    if found and found.silenced:
        named.append(("silent on one side", f"{found.silenced * 5} ms", True))
    return _line("", ink, named)


def _line(label: str, ink: Palette, named: Iterable[tuple[str, str, bool]]) -> Text:
    """Return names with their values, those that are off in the colour of what fails."""
    line = Text(f"{label:<6}", ink.muted)
    for name, said, wrong in named:
        line.append(f"{name} ", ink.muted).append(f"{said}  ", ink.failed if wrong else ink.normal)
    line.rstrip()
    return line


def _not_comparable(numbers: Numbers) -> str:
    a, b = numbers.reference, numbers.port
    if a.frames != b.frames:
        return f"{a.frames} frames against {b.frames}: nothing is compared sample by sample"
    return f"{counted(a.nonfinite + b.nonfinite, 'sample')} NaN or inf: nothing is compared"


def never_gates(shown: Shown | None, ink: Palette) -> Text:
    """Return the numbers that only describe."""
    if shown is None:
        return _line("shown", ink, [("nothing:", "the lengths differ", False)])
    named = [
        ("mel", f"{shown.mel:.4f}", False), ("log-spectral", f"{shown.log_spectral:.3f} dB", False),
        ("multi-resolution", f"{shown.multi_resolution:.3f}", False),
    ]  # fmt: skip
    return _line("shown", ink, named).append("  never gates", ink.muted)


def status(playback: Playback | None, fault: PlayerFault | None, rate: int, frames: int, ink: Palette) -> Text:
    """Return what the player does, or why it cannot."""
    if fault:
        return Text(f"✗ {fault.sentence}", ink.failed)
    if playback is None:
        return Text("the player starts", ink.muted)
    line = Text("▶ " if playback.playing else "■ ", ink.accent).append(NAMES[playback.source], ink.loud)
    line.append(f"  {playback.position / rate:.2f} / {frames / rate:.2f} s", ink.normal)
    if playback.loop:
        first, last = playback.loop
        line.append(f"  loop {first / rate:.2f}–{last / rate:.2f} s", ink.limited)
    if playback.underflows:
        line.append(f"  {counted(playback.underflows, 'dropout')}: a trial now is void", ink.failed)
    return line


def _level(value: float, sign: str = "") -> str:
    return f"{20 * math.log10(value):{sign}z.1f} dB" if value else "−∞ dB"


def _decibels(value: float) -> str:
    if abs(value) >= UNBOUNDED:
        return "∞ dB" if value > 0 else "−∞ dB"
    return f"{value:.1f} dB"

"""Numbers, times and names as people read them."""

from decimal import ROUND_CEILING, Context
from itertools import pairwise
from math import ceil, log10

from workbench.model.row import Row

RAMP = "▁▂▃▄▅▆▇█"
ELLIPSIS = "…"
_UP = Context(prec=2, rounding=ROUND_CEILING)

UNBOUNDED = 1e15
"""From here on a × floor means "cannot be compared" (the stream writes 1e99)."""


def error(value: float) -> str:
    """Return an error with two significant digits: `1.8e-04`."""
    return "∞" if value >= UNBOUNDED else f"{value:.1e}"


def tolerance(value: float) -> str:
    """Return an error with two significant digits, rounded up: a tolerance that the error passes."""
    return "∞" if value >= UNBOUNDED else f"{float(_UP.create_decimal(value)):.1e}"


def times(value: float) -> str:
    """Return a × floor in at most five characters: one decimal below 100, whole numbers above, then `1.2e7`."""
    if value >= UNBOUNDED:
        return "∞"
    if value < 99.95:
        return f"{value:.1f}"
    if value < 99_999.5:
        return f"{value:.0f}"
    mantissa, exponent = f"{value:.{1 if value < 9.95e9 else 0}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def pair(left: float, right: float) -> tuple[str, str]:
    """Return two values with as many digits as it takes to see where they differ, five at least and eight at most."""
    scale = max(abs(left), abs(right))
    apart = abs(left - right) / scale if scale else 0.0
    digits = min(max(ceil(-log10(apart)) + 1, 5), 8) if apart else 5
    return f"{left:.{digits}g}", f"{right:.{digits}g}"


def shape(sizes: tuple[int, ...]) -> str:
    """Return `2×200×1024`; a scalar has none."""
    return "×".join(map(str, sizes)) or "scalar"


def form(row: Row) -> str:
    """Return a row's shape, or what its number is in words; a test has neither."""
    return row.said or ("" if row.kind == "test" else shape(row.shape))


def seconds(value: float) -> str:
    """Return a duration: `0.42 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if value < 9.995:
        return f"{value:.2f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def age(value: float) -> str:
    """Return how long ago: `now`, `12 s ago`, `4 min ago`, `3 h ago`, `2 d ago`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if value >= size:
            return f"{int(value // size)} {unit} ago"
    return f"{int(value)} s ago" if value >= 1 else "now"


def from_left(text: str, width: int) -> str:
    """Return the text, shortened from the left where it is wider than `width` cells: a tap's end tells most."""
    return text if len(text) <= width else ELLIPSIS + text[len(text) - width + 1 :]


def counted(number: int, word: str) -> str:
    """Return `1 error`, `2 errors`."""
    return f"{number} {word}" + ("" if number == 1 else "s")


def spark(values: tuple[float, ...], width: int) -> str:
    """Return the last values in × floor as bars; one scale for all rows: lowest up to 2×, highest from 1000×."""
    return "".join(RAMP[_log_level(value)] for value in values[-width:]).rjust(width)


def _log_level(value: float) -> int:
    return round(7 * log10(min(max(value, 2.0), 1000.0) / 2) / log10(500))


def bars(values: tuple[float, ...], width: int = 0) -> str:
    """Return values as bars from zero to their maximum, the worst of each group where they exceed `width`."""
    if width and len(values) > width:
        edges = [round(index * len(values) / width) for index in range(width + 1)]
        values = tuple(max(values[a:b]) for a, b in pairwise(edges))
    top = max(values, default=0.0)
    return "".join(RAMP[min(int(8 * value / top), 7)] if top > 0 else RAMP[0] for value in values)

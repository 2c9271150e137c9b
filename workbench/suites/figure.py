"""A figure out of what a command printed."""

import re


def find(pattern: str, text: str) -> float | None:
    """Return the first group of the last match as a number; None where nothing matches or it is no number."""
    matches = list(re.finditer(pattern, text, re.MULTILINE))
    try:
        return float(matches[-1][1].replace(",", "")) if matches else None
    except ValueError:
        return None

"""The nearest valid name, for sentences about a wrong one."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(wrong: str, valid: Iterable[str]) -> str | None:
    """Return the valid name that resembles a wrong one most, if one does."""
    return next(iter(get_close_matches(wrong, list(valid), n=1, cutoff=0.5)), None)


def hint(wrong: str, valid: Iterable[str]) -> str:
    """Return ` (did you mean …?)`, or the list of valid names when nothing is near, or nothing."""
    names = sorted(valid)
    near = nearest(wrong, names)
    if near is not None:
        return f" (did you mean `{near}`?)"
    return f" (there is {', '.join(f'`{name}`' for name in names)})" if names else ""

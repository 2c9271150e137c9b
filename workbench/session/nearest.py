"""The nearest valid name, for sentences about a wrong one."""

from collections.abc import Iterable
from difflib import get_close_matches


def hint(wrong: str, valid: Iterable[str]) -> str:
    """Return ` (did you mean …?)`, or the list of valid names when nothing is near, or nothing."""
    names = sorted(valid)
    near = get_close_matches(wrong, names, n=1, cutoff=0.5)
    if near:
        return f" (did you mean `{near[0]}`?)"
    return f" (there is {', '.join(f'`{name}`' for name in names)})" if names else ""

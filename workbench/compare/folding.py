"""Many checkpoint keys as few names: what is wholly in the list is one name, consecutive numbers are a range."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count, groupby


def folded(keys: Iterable[str], others: Iterable[str]) -> Iterator[str]:
    """Yield names that together stand for `keys`, each with how many: ``blocks.2 … 21 (20 blocks, 286 keys)``.

    A name stands for all keys below it, so that none of `others` lies there.
    """
    above = {ancestor for key in others for ancestor in _ancestors(key)}
    sizes: dict[str, int] = defaultdict(int)
    for key in keys:
        sizes[next((ancestor for ancestor in _ancestors(key) if ancestor not in above), key)] += 1
    families: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for name, size in sizes.items():
        head, number, tail = _split(name)
        if number is None:
            yield f"`{name}` ({_keys(size)})"
        else:
            families[head, tail][number] = size
    for (head, tail), members in families.items():
        yield from _ranges(head, tail, members)


def _ancestors(key: str) -> Iterator[str]:
    """Yield a key and all that it lies in, outermost first."""
    parts = key.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def _split(name: str) -> tuple[str, int | None, str]:
    """Split at the number that ends a name, else at its first: `blocks.2.norm` → (`blocks.`, 2, `.norm`)."""
    parts = name.split(".")
    numbers = [index for index, part in enumerate(parts) if part.isdecimal()]
    if not numbers:
        return name, None, ""
    at = numbers[-1] if numbers[-1] == len(parts) - 1 else numbers[0]
    return "".join(f"{part}." for part in parts[:at]), int(parts[at]), "".join(f".{part}" for part in parts[at + 1 :])


def _ranges(head: str, tail: str, members: dict[int, int]) -> Iterator[str]:
    steps = count()
    for _, run in groupby(sorted(members), key=lambda number: number - next(steps)):
        numbers = list(run)
        size = sum(members[number] for number in numbers)
        if len(numbers) == 1:
            yield f"`{head}{numbers[0]}{tail}` ({_keys(size)})"
        else:
            blocks = "" if tail else f"{len(numbers)} blocks, "
            yield f"`{head}{numbers[0]} … {numbers[-1]}{tail}` ({blocks}{_keys(size)})"


def _keys(number: int) -> str:
    return "1 key" if number == 1 else f"{number} keys"

"""Which tensor of one side belongs to which of the other: prefixes, a map of names, the nearest name for the rest."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.model.errors import WorkbenchError
from workbench.session.nearest import nearest

NEAREST_LIMIT = 200
"""Unmatched names for which a near one is looked for, since that takes long for thousands."""


@dataclass(frozen=True)
class Rule:
    """A name, or a regular expression for whole names, and what stands for it (`\\1` its first group)."""

    pattern: str
    to: str

    def apply(self, name: str) -> str | None:
        """Return the other name, None where the rule does not speak of this one."""
        if name == self.pattern:
            return self.to
        found = _compiled("--map", self.pattern).fullmatch(name)
        try:
            return found.expand(self.to) if found else None
        except (re.error, IndexError) as error:
            raise WorkbenchError(f"--map {self.pattern}={self.to}: {error}") from error


@dataclass(frozen=True)
class Pairing:
    """Names in B's order: those of both sides with A's own and B's own, and what only one side has with the nearest."""

    both: dict[str, tuple[str, str]]
    only_a: dict[str, str | None]
    only_b: dict[str, str | None]


def read_rules(words: Sequence[str]) -> tuple[Rule, ...]:
    """Return the rules of `--map`: `from=to`, or a file with such lines. Raises WorkbenchError."""
    lines = [line for word in words for line in (_lines(Path(word)) if "=" not in word else [word])]
    return tuple(_rule(line) for line in lines)


def read_layouts(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the names (or regular expressions) and patterns of `--layout`. Raises WorkbenchError."""
    for word in words:
        if "=" not in word or "->" not in word.partition("=")[2]:
            raise WorkbenchError(f'--layout {word!r}: give NAME="b t d -> b d t"')
        _compiled("--layout", word.partition("=")[0])
    return tuple((name, pattern.strip()) for name, _, pattern in (word.partition("=") for word in words))


def pair(a: Iterable[str], b: Iterable[str], prefixes: Sequence[str], rules: Sequence[Rule]) -> Pairing:
    """Pair the names of A with those of B. Raises WorkbenchError where two names of a side become one."""
    left = _renamed("A", a, prefixes, rules)
    right = _renamed("B", b, prefixes, ())
    only_a, only_b = [name for name in left if name not in right], [name for name in right if name not in left]
    return Pairing(
        both={name: (left[name], own) for name, own in right.items() if name in left},
        only_a=_near(only_a, only_b),
        only_b=_near(only_b, only_a),
    )


def stripped(name: str, prefixes: Sequence[str]) -> str:
    """Return the name without the first of these prefixes that it has."""
    return next((name.removeprefix(prefix) for prefix in prefixes if name.startswith(prefix)), name)


def _renamed(side: str, names: Iterable[str], prefixes: Sequence[str], rules: Sequence[Rule]) -> dict[str, str]:
    renamed: dict[str, str] = {}
    for name in names:
        short = stripped(name, prefixes)
        new = next((to for rule in rules if (to := rule.apply(short)) is not None), short)
        if new in renamed:
            raise WorkbenchError(
                f"`{renamed[new]}` and `{name}` of {side} both become `{new}`; narrow the map or prefix"
            )
        renamed[new] = name
    return renamed


def _near(names: list[str], others: list[str]) -> dict[str, str | None]:
    return {name: nearest(name, others) if n < NEAREST_LIMIT else None for n, name in enumerate(names)}


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise WorkbenchError(f"--map {path}: {error.strerror}; give FROM=TO or a file of such lines") from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _rule(line: str) -> Rule:
    # The first = that is no part of a group like (?=…) or (?<=…).
    found = re.match(r"((?:\(\?<?=|[^=])+)=(.+)", line)
    if not found:
        raise WorkbenchError(f"--map {line!r}: give FROM=TO")
    _compiled("--map", found[1].strip())
    return Rule(found[1].strip(), found[2].strip())


def _compiled(option: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise WorkbenchError(f"{option}: {pattern!r} is no regular expression: {error}") from error

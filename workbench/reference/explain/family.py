"""Families of mutations: the files of `workbench/reference/mutations/`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Union

from workbench.reference import mutations
from workbench.reference.explain.call import Call, Change, Fit
from workbench.reference.explain.tape import Operation

Changes = Iterator[Union[Change, Fit]]
Propose = Callable[[Call], Changes]
EVERY = "every kind of operation"


@dataclass(frozen=True)
class Family:
    """One idea of what porters get wrong."""

    name: str
    kinds: tuple[str, ...]
    """Kinds of operation that it looks at."""
    turn: int
    """Likely and cheap families have their turn first: 0, 1, 2."""
    propose: Propose


_families: list[Family] = []


def family(name: str, *kinds: str, turn: int = 1) -> Callable[[Propose], Propose]:
    """Declare a function from an operation, as recorded, to its possible changes; it is asked for `kinds` only."""

    def declare(propose: Propose) -> Propose:
        _families.append(Family(name, kinds, turn, propose))
        return propose

    return declare


@lru_cache(maxsize=1)
def families() -> dict[str, list[Family]]:
    """The families by the kind of operation that they look at; those of `EVERY` last."""
    for module in pkgutil.iter_modules(mutations.__path__):
        importlib.import_module(f"{mutations.__name__}.{module.name}")
    kinds = {kind for one in _families for kind in one.kinds} - {EVERY}
    return {kind: [one for one in _families if kind in one.kinds] for kind in (*kinds, EVERY)}


def looking_at(operation: Operation) -> list[Family]:
    """The families that look at an operation."""
    found = families()
    return [*found.get(operation.kind, ()), *found[EVERY]]

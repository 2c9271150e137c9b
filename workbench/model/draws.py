"""Draws: the random numbers that the reference took in a run, which the port has to be given as inputs."""

from collections.abc import Iterable, Mapping

import msgspec


class Draw(msgspec.Struct, frozen=True):
    """One draw of a capture: `name` is `file.py:12`, a repeated one with `#1`, `#2`, …; `call` is what drew it.

    `after` is how many taps of the reference came before it: those cannot depend on it.
    """

    name: str
    call: str
    after: int = 0


def sources(draws: Iterable[Draw]) -> set[str]:
    """Return every name by which one of the draws may be declared."""
    return {name for draw in draws for name in (draw.call, draw.name, draw.name.partition("#")[0])}


def handed(declared: Mapping[str, str], draws: Iterable[Draw]) -> dict[str, str]:
    """Return by input of the port the name of the draw that it is given.

    What is declared is a function (`randn_like`), a line (`file.py:12`) or one draw of it (`file.py:12#1`). Where
    several fit, the second comes as the input `name#1`, and so on.
    """
    given, every = dict[str, str](), list(draws)
    for name, wanted in declared.items():
        fitting = [draw.name for draw in every if wanted in (draw.call, draw.name, draw.name.partition("#")[0])]
        given |= {f"{name}#{number}" if number else name: draw for number, draw in enumerate(fitting)}
    return given

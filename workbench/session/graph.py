"""The order in which stages are checked."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from workbench.model.session import Chain, Stage, origin


class StageCycle(ValueError):
    """Stages wait for each other; `stages` is the way round."""

    def __init__(self, stages: list[str]) -> None:
        super().__init__(" → ".join(stages))
        self.stages = stages


def order(stages: Mapping[str, Stage]) -> list[str]:
    """Return the stages so that each comes after those that it names in `after`; declaration order otherwise.

    Raises StageCycle.
    """
    return _sorted({name: stage.after for name, stage in stages.items()})


def links(chain: Chain) -> list[str]:
    """Return a chain's stages, each after those that it takes something from. Raises StageCycle."""
    return _sorted({name: [origin(source)[0] for source in taken.values()] for name, taken in chain.links.items()})


def _sorted(before: Mapping[str, Iterable[str]]) -> list[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter(before)
    try:
        return list(sorter.static_order())
    except CycleError as error:
        raise StageCycle(error.args[1]) from error

"""The order in which stages are checked."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from workbench.model.session import Stage


class StageCycle(ValueError):
    """Stages wait for each other; `stages` is the way round."""

    def __init__(self, stages: list[str]) -> None:
        super().__init__(" → ".join(stages))
        self.stages = stages


def order(stages: Mapping[str, Stage]) -> list[str]:
    """Return the stages so that each comes after those that it names in `after`; declaration order otherwise.

    Raises StageCycle.
    """
    sorter: TopologicalSorter[str] = TopologicalSorter({name: stage.after for name, stage in stages.items()})
    try:
        return list(sorter.static_order())
    except CycleError as error:
        raise StageCycle(error.args[1]) from error

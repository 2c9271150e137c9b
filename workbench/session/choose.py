"""Which size and which stages of a session are meant."""

from collections.abc import Iterable

from workbench.model.errors import WorkbenchError
from workbench.session.graph import order
from workbench.session.load import Loaded
from workbench.session.nearest import hint


def size_of(loaded: Loaded, size: str | None) -> str:
    """Return the size that was asked for, else the session's default, else its first."""
    sizes = loaded.session.sizes
    chosen = size or loaded.session.default_size or next(iter(sizes))
    if chosen not in sizes:
        raise WorkbenchError(f"session `{loaded.session.name}` has no size `{chosen}`{hint(chosen, sizes)}")
    return chosen


def checkable(loaded: Loaded) -> tuple[str, ...]:
    """Return the stages in their order, and the tests behind them."""
    return (*order(loaded.session.stages), *loaded.session.tests)


def stages_of(loaded: Loaded, stages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the stages and tests, all of which the session must have."""
    for stage in stages:
        if stage not in checkable(loaded):
            known = hint(stage, checkable(loaded))
            raise WorkbenchError(f"session `{loaded.session.name}` has no stage `{stage}`{known}")
    return stages


def still_selected(selected: Iterable[str], before: Loaded, now: Loaded) -> tuple[str, ...]:
    """Return what of a selection an edited session still has, in its order; all stages if all were selected, or none
    of them is left.
    """
    stages, chosen = checkable(now), set(selected)
    kept = tuple(stage for stage in stages if stage in chosen)
    return tuple(stages) if chosen >= set(checkable(before)) or not kept else kept

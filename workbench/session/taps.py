"""Whether the taps that a session.toml names are there; only a capture can tell."""

from collections.abc import Iterable, Iterator, Mapping, Set
from fnmatch import fnmatchcase
from math import prod

from workbench.model.layout import axes
from workbench.model.session import Stage
from workbench.session.check import Fault
from workbench.session.load import Loaded, refuse
from workbench.session.nearest import hint, nearest

Shapes = Mapping[str, tuple[int, ...]]


def require_taps(loaded: Loaded, stage: str, taps: Shapes, inputs: Set[str], draws: Set[str]) -> None:
    """Raise WorkbenchError, with file, line and the nearest name, where a stage declares something of no tap or draw.

    `draws` are the functions and the lines that drew random numbers.
    """
    declared = loaded.session.stages[stage]
    for path, clause in (*_faults(declared, taps, inputs), *_undrawn(declared, draws)):
        refuse(loaded.path, loaded.path.read_text("utf-8"), (("stages", stage, *path), clause))


def _faults(config: Stage, taps: Shapes, inputs: Set[str]) -> Iterator[Fault]:
    for name in config.ranges:
        if name not in taps.keys() | inputs:
            yield ("ranges", name), f"there is no tap `{name}`{_hint(name, taps.keys() | inputs)}"
    for name, logits in config.margins.items():
        for tap in (name, logits):
            if tap not in taps:
                yield ("margins", name), f"there is no tap `{tap}`{_hint(tap, taps)}"
        if name in taps and logits in taps and taps[logits][:-1] != taps[name]:
            yield ("margins", name), f"`{logits}` is not `{name}` with a last axis of classes: their shapes do not fit"
    for name, layout in config.layouts.items():
        if name not in taps:
            yield ("layouts", name), f"there is no tap `{name}`{_hint(name, taps)}"
        elif len(taps[name]) != len(axes(layout)[0]):
            yield ("layouts", name), f"`{name}` has {len(taps[name])} axes in the reference"
    for name, invariant in config.invariants.items():
        if invariant.of not in taps:
            yield ("invariants", name), f"there is no output `{invariant.of}`{_hint(invariant.of, taps)}"
    for name in config.sounds:
        if name not in taps:
            yield ("sounds", name), f"there is no output `{name}`{_hint(name, taps)}"
        elif prod(taps[name][:-1]) != 1 or not taps[name]:
            yield ("sounds", name), f"`{name}` is {'×'.join(map(str, taps[name]))}: a sound is mono, its last axis time"
    for name in config.hear:
        if name not in taps:
            yield ("hear", name), f"there is no output `{name}`{_hint(name, taps)}"
    for pattern in config.factors:
        if not any(fnmatchcase(tap, pattern) for tap in taps):
            yield ("factors", pattern), f"there is no tap `{pattern}`{_hint(pattern, taps)}"


def _undrawn(config: Stage, draws: Set[str]) -> Iterator[Fault]:
    for name, wanted in config.draws.items():
        if wanted not in draws:
            near = hint(wanted, draws) if draws else ": the reference draws nothing"
            yield ("draws", name), f"there is no draw `{wanted}`{near}"


def _hint(name: str, known: Iterable[str]) -> str:
    """Return the nearest name, but no list: a stage may have hundreds of taps."""
    near = nearest(name, known)
    return f" (did you mean `{near}`?)" if near else ""

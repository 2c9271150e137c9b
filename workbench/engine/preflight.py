"""Gathers what a stage's preflight needs: the checkpoints' headers, the reference's parameters, the port's reads."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.compare.floor import FLOATS, UNIT_ROUNDOFF
from workbench.compare.preflight import Facts, Form
from workbench.engine.capture_files import Manifest, OwnForm
from workbench.model.errors import WorkbenchError
from workbench.model.events import PreflightFinding
from workbench.model.session import Stage
from workbench.native.dtypes import widened
from workbench.native.failure import Failure
from workbench.native.mapped import MappedTensors, Tensor


def facts(
    config: Stage, elsewhere: tuple[str, ...], shared: bool, weights: Iterable[Path], manifests: Iterable[Manifest],
    read: Iterable[str],
) -> Facts:  # fmt: skip
    """Return the facts of one stage. Keys below a prefix of `elsewhere` count only where a side uses them.

    So do, in a checkpoint that is `shared` with other stages, modules of which no side uses anything. Raises
    WorkbenchError where a checkpoint cannot be read.
    """
    prefix = config.prefix
    called: dict[str, OwnForm] = {}
    for key, each in (pair for manifest in manifests for pair in _own(config, manifest)):
        called.setdefault(key, each)
    own = {key: Form(each.dtype, each.shape) for key, each in called.items()}
    came = frozenset(key.removeprefix(prefix) for key in read if key.startswith(prefix))
    tensors = {
        key.removeprefix(prefix): tensor
        for path in weights
        for key, tensor in _mapped(path).items()
        if key.startswith(prefix)
    }
    stored = {key: Form(tensor.dtype, tensor.shape) for key, tensor in tensors.items()}
    modules = {key.partition(".")[0] for key in (*own, *came)}
    theirs = {
        key
        for key in stored.keys() - own.keys() - came
        if f"{prefix}{key}".startswith(elsewhere) or (shared and key.partition(".")[0] not in modules)
    }
    pairs = {key: other(tensor, called[key]) for key, tensor in tensors.items() if key in called}
    apart = {key: pair for key, pair in pairs.items() if pair is not None}
    return Facts({key: form for key, form in stored.items() if key not in theirs}, own, came, apart)


def other(stored: Tensor, used: OwnForm) -> tuple[float, float] | None:
    """Return the first sampled element of a parameter that is another one in the checkpoint, with that one."""
    if stored.shape != used.shape or not {stored.dtype, used.dtype} <= FLOATS:
        return None
    close = 2 * max(UNIT_ROUNDOFF[stored.dtype], UNIT_ROUNDOFF[used.dtype])
    for place, value in used.sample:
        kept = float(
            widened(stored.flat[place : place + 1], stored.dtype, "f64" if stored.dtype == "f64" else "f32")[0]
        )
        if not abs(kept - value) <= close * abs(value):
            return value, kept
    return None


def setting_findings(config: Mapping[str, Any], manifests: Iterable[Manifest]) -> tuple[PreflightFinding, ...]:
    """Say which values of a stage's configuration no module of the reference has that has one of that name."""
    made = [(tap.name, tap.settings) for manifest in manifests for tap in manifest.taps if tap.settings]
    texts = []
    for name, value in _leaves(config):
        found = {tap: settings[name] for tap, settings in made if name in settings}
        if found and value not in found.values() and _alike(value, next(iter(found.values()))):
            tap, other = next(iter(found.items()))
            texts.append(f"`{name}` is {value} in the configuration and {other} in the reference's `{tap}`")
    return tuple(PreflightFinding(text=text) for text in texts)


def _leaves(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the plain values of a configuration under names that stand there once."""
    every = list(_entries(config))
    counts = Counter(name for name, _ in every)
    return ((name, value) for name, value in every if counts[name] == 1)


def _entries(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from _entries(value)
        elif isinstance(value, bool | int | float | str):
            yield name, value


def _alike(value: object, other: object) -> bool:
    """Return whether two values are of one kind: a number beside a word is another thing of the same name."""
    return isinstance(value, str) == isinstance(other, str) and isinstance(value, bool) == isinstance(other, bool)


def floor_findings(manifests: Iterable[Manifest]) -> tuple[PreflightFinding, ...]:
    """Say where the floor is not float64's."""
    texts = {
        f"no float64 run, so the floor is what moving every tensor by one unit in the last place does ({each.float64})"
        for each in manifests
        if each.float64 is not None and each.floored
    }
    return tuple(PreflightFinding(text=text) for text in sorted(texts))


def _mapped(path: Path) -> dict[str, Tensor]:
    try:
        return dict(MappedTensors(path, "make or fetch it again").items())
    except Failure as failure:
        raise WorkbenchError(str(failure)) from failure


def _own(config: Stage, manifest: Manifest) -> Iterable[tuple[str, OwnForm]]:
    native = {reference: name for name, reference in config.map.items()}
    for tap in manifest.taps:
        module = tap.name.partition("#")[0]
        for parameter, form in tap.own.items():
            yield f"{native.get(module, module)}.{parameter}", form

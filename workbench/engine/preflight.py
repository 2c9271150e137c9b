"""Gathers what a stage's preflight needs: the checkpoints' headers, the reference's parameters, the port's reads."""

from collections.abc import Iterable
from pathlib import Path

from workbench.compare.preflight import Facts, Form
from workbench.engine.capture_files import Manifest
from workbench.model.errors import WorkbenchError
from workbench.model.events import PreflightFinding
from workbench.model.session import Stage
from workbench.native.failure import Failure
from workbench.native.mapped import MappedTensors


def facts(
    config: Stage, elsewhere: tuple[str, ...], shared: bool, weights: Iterable[Path], manifests: Iterable[Manifest],
    read: Iterable[str],
) -> Facts:  # fmt: skip
    """Return the facts of one stage. Keys below a prefix of `elsewhere` count only where a side uses them.

    So do, in a checkpoint that is `shared` with other stages, modules of which no side uses anything. Raises
    WorkbenchError where a checkpoint cannot be read.
    """
    prefix = config.prefix
    own = {key: form for manifest in manifests for key, form in _own(config, manifest)}
    came = frozenset(key.removeprefix(prefix) for key in read if key.startswith(prefix))
    stored = {
        key.removeprefix(prefix): form for path in weights for key, form in _header(path) if key.startswith(prefix)
    }
    modules = {key.partition(".")[0] for key in (*own, *came)}
    theirs = {
        key
        for key in stored.keys() - own.keys() - came
        if f"{prefix}{key}".startswith(elsewhere) or (shared and key.partition(".")[0] not in modules)
    }
    return Facts({key: form for key, form in stored.items() if key not in theirs}, own, came)


def floor_findings(manifests: Iterable[Manifest]) -> tuple[PreflightFinding, ...]:
    """Say where the floor is not float64's."""
    texts = {
        f"no float64 run, so the floor is what moving every tensor by one unit in the last place does ({each.float64})"
        for each in manifests
        if each.float64 is not None and each.floored
    }
    return tuple(PreflightFinding(text=text) for text in sorted(texts))


def _header(path: Path) -> Iterable[tuple[str, Form]]:
    try:
        tensors = MappedTensors(path, "make or fetch it again")
    except Failure as failure:
        raise WorkbenchError(str(failure)) from failure
    return [(key, Form(tensor.dtype, tensor.shape)) for key, tensor in tensors.items()]


def _own(config: Stage, manifest: Manifest) -> Iterable[tuple[str, Form]]:
    native = {reference: name for name, reference in config.map.items()}
    for tap in manifest.taps:
        module = tap.name.partition("#")[0]
        for parameter, form in tap.own.items():
            yield f"{native.get(module, module)}.{parameter}", Form(form.dtype, form.shape)

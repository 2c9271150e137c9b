"""The stage protocol: `stages()`, `load(…)`, `handle.run(…)`, checked before it is relied on."""

import difflib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workbench.native.artifact import Artifact, require_no_copy
from workbench.native.failure import Failure
from workbench.native.outside import Fed, outside
from workbench.native.protocol import Request
from workbench.native.sink import Sink

PORT = "workbench_port"
PANIC = "PanicException"


@dataclass(frozen=True)
class Stage:
    """A loaded stage or one part of it.

    `takes_sink` says that its run wants the sink as an argument, as a Python module does, `takes_run` that it is one of
    ours, which is told more of the run. `parts` are the parts that the stage has, and `needs` the taps that the loaded
    one is fed with, beside the stage's inputs.
    """

    name: str
    takes_sink: bool
    parts: tuple[str, ...]
    needs: tuple[str, ...]
    _run: Callable[..., Any]
    takes_run: bool = False

    def run(self, inputs: dict[str, np.ndarray], sink: Sink | None, fed: Fed | None = None) -> dict[str, np.ndarray]:
        """Return the named outputs. Raises Failure."""
        if self.takes_run:
            arguments: dict[str, object] = {"sink": sink, "fed": fed}
        else:
            arguments = {"sink": sink} if self.takes_sink else {}
        outputs = guarded(f"stage {self.name}", self._run, inputs, **arguments)
        if not isinstance(outputs, dict) or not all(isinstance(name, str) for name in outputs):
            kind = type(outputs).__name__
            raise Failure("protocol", f"run of stage {self.name} returned {kind}: it must be a dict of numpy arrays")
        return outputs


def load_stage(artifact: Artifact, request: Request) -> Stage:
    """Load the stage from the session's port, or else from the artifact itself. Raises Failure."""
    if request.runs != "module" and not request.port:
        return Stage(request.stage, True, (), (), outside(request), takes_run=True)
    module = _import_port(Path(request.port)) if request.port else artifact.module
    name = request.port or artifact.name
    for function in ("stages", "load"):
        if not callable(getattr(module, function, None)):
            raise Failure("protocol", f"{name} is no stage module: it has no function {function}()")
    _check_name(name, request.stage, guarded(f"{name}: stages()", module.stages))  # type: ignore[union-attr]
    parts = _parts(name, module, request)
    handle = _load(module, request)
    if request.port and artifact.name:
        require_no_copy(request.artifact)
    run = getattr(handle, "run", None)
    if not callable(run):
        raise Failure(
            "protocol",
            f"{name}: load({request.stage!r}) returned {type(handle).__name__}, which has no run()",
        )
    needs = tuple(parts[request.part]) if request.part else ()
    return Stage(request.stage, bool(request.port) and _accepts_sink(run), tuple(parts), needs, run)


def _load(module: Any, request: Request) -> Any:
    part = {"part": request.part} if request.part else {}
    what = f"loading part {request.part} of {request.stage}" if request.part else f"loading stage {request.stage}"
    return guarded(what, module.load, request.stage, list(request.weights), request.config, **part)


def _parts(name: str, module: Any, request: Request) -> dict[str, list[str]]:
    """Ask for the stage's parts, each with the taps that it is fed with; a module need not have any."""
    function = getattr(module, "parts", None)
    parts = guarded(f"{name}: parts()", function, request.stage, request.config) if callable(function) else {}
    if not isinstance(parts, dict) or not all(isinstance(needs, list) for needs in parts.values()):
        raise Failure("protocol", f"{name}: parts() must return a dict of part to list of tap names")
    if request.part and request.part not in parts:
        raise Failure("stage", f"{name}: stage {request.stage!r} has no part {request.part!r}")
    return parts


def guarded(what: str, function: Callable[..., Any], *args: object, **kwargs: object) -> Any:
    """Call into the user's code; whatever it raises becomes a Failure that says what failed."""
    try:
        return function(*args, **kwargs)
    except Failure:
        raise
    except MemoryError as error:
        raise Failure("memory", f"{what} ran out of memory", traceback.format_exc()) from error
    except BaseException as error:
        kind = type(error).__name__
        said = next(iter(str(error).strip().splitlines()), "no message")
        sentence = f"{what} panicked: {said}" if kind == PANIC else f"{what} raised {kind}: {said}"
        raise Failure("panic" if kind == PANIC else "exception", sentence, traceback.format_exc()) from error


def _import_port(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(PORT, path)
    if spec is None or spec.loader is None:
        raise Failure("artifact", f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[PORT] = module
    sys.path.insert(0, str(path.parent))
    guarded(f"importing {path}", spec.loader.exec_module, module)
    return module


def _check_name(module: str, stage: str, names: object) -> None:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Failure("protocol", f"{module}: stages() must return a list of names")
    if stage not in names:
        near = difflib.get_close_matches(stage, names, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has: {', '.join(names) or 'none'}"
        raise Failure("stage", f"{module} has no stage {stage!r}; {hint}")


def _accepts_sink(run: Callable[..., Any]) -> bool:
    parameters = inspect.signature(run).parameters.values()
    return any(parameter.name == "sink" or parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)

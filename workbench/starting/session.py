"""The files of a first session: one that loads, builds the crate, and compares something at once."""

import json
import os
import shutil
from pathlib import Path

from workbench.model.errors import WorkbenchError
from workbench.starting.found import Crate, Model

EXAMPLE = Path(__file__).parent / "example"

SESSION = """\
# What the workbench is to know of this port. `workbench schema` has every key.
name = {name}

[native]
{native}

[sizes.small]
config = "small.json"             # what both sides are built from

# A checkpoint of your own, which a stage names by `weights = ["main"]`:
# [checkpoints.main]
# files = ["$MODEL_DIR/model.safetensors"]

[stages.start]                    # compares a line of Python with PyTorch: replace it by your first layer
inputs = ["noise"]
"""

REFERENCE = '''\
"""The PyTorch side: what is to be matched.
{models}"""

import torch
from torch import nn

from workbench.reference import stage


@stage("start")
class Start:
    """A beginning that runs as it is. Put your own module into `build`: its modules are tapped by their names."""

    def build(self, weights, config):
        """Return the module, in eval mode."""
        return nn.Tanh().eval()

    def inputs(self, name, config):
        """Return the input of that name: the same on every call."""
        generator = torch.Generator().manual_seed(7)
        return {{"x": torch.randn(4, config["dim"], generator=generator)}}

    def run(self, module, inputs):
        """Return the outputs by name."""
        return {{"y": module(inputs["x"])}}
'''

PORT = '''\
"""The Rust side: how {crate} is called."""

import numpy as np
{imports}

def stages():
    """Return the stages that `load` knows."""
    return ["start"]


def load(stage, weights, config):
    """Return what runs a stage; `weights` are paths, `config` is JSON."""
    return Start()


class Start:
    """A beginning that runs as it is. {hint}"""

    def run(self, inputs, sink):
        """Return the outputs by name; `sink(name, array)` taps an array: it returns what takes its place, or None."""
        return {{"y": np.tanh(inputs["x"])}}
'''


def write_example(folder: Path) -> Path:
    """Write a crate and its session from nothing; return the session's folder. Raises WorkbenchError."""
    _refuse(folder / "rust")
    _refuse(folder / "sessions" / "example")
    for file in sorted(path for path in EXAMPLE.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        target = folder / file.relative_to(EXAMPLE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return folder / "sessions" / "example"


def write(home: Path, name: str, crate: Crate, models: tuple[Model, ...]) -> None:
    """Write session.toml, reference.py, port.py and small.json into a new folder. Raises WorkbenchError."""
    _refuse(home)
    home.parent.mkdir(parents=True, exist_ok=True)
    fresh = home.with_name(f".{home.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    texts = {
        "session.toml": SESSION.format(name=json.dumps(name, ensure_ascii=False), native=_native(home, crate)),
        "reference.py": REFERENCE.format(models=_models(home, models)),
        "port.py": PORT.format(crate=crate.name, imports=_imports(crate), hint=_hint(crate)),
        "small.json": '{ "dim": 8 }\n',
    }
    for file, text in texts.items():
        (fresh / file).write_text(text, "utf-8")
    fresh.rename(home)


def _refuse(folder: Path) -> None:
    if folder.exists():
        raise WorkbenchError(f"{folder} exists already: choose another --name or --into, or remove it")


def _native(home: Path, crate: Crate) -> str:
    manifest = json.dumps(os.path.relpath(crate.manifest, home), ensure_ascii=False)
    lines = ['build = "maturin"'] if crate.kind == "maturin" else []
    lines += [f"manifest = {manifest}", f'package = "{crate.name}"']
    lines += [f'binary = "{crate.binary}"'] if crate.binary else []
    lines += [f'module = "{crate.module}"'] if crate.module and crate.kind == "cargo" else []
    return "\n".join([*lines, 'port = "port.py"'])


def _models(home: Path, models: tuple[Model, ...]) -> str:
    if not models:
        return ""
    lines = [f"- `{model.name}{model.call}` in {os.path.relpath(model.file, home)}" for model in models]
    return "\nModules that were found:\n\n" + "\n".join(lines) + "\n"


def _imports(crate: Crate) -> str:
    """Import the build: what does not load is then the first thing that is said."""
    return f"import {crate.module}  # noqa: F401 - the build under check\n" if crate.module else ""


def _hint(crate: Crate) -> str:
    if crate.binary:
        return "The build is $WORKBENCH_ARTIFACT: start it with subprocess."
    if crate.module:
        return f"Call `{crate.module}` here, and give its results."
    return "Open the build with ctypes.CDLL(os.environ['WORKBENCH_ARTIFACT']) and call it."

"""A minimal reproduction of a row that fails: its tensors, its facts, and a script that needs no workbench."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from safetensors.numpy import save_file

from workbench.compare.floor import Noise
from workbench.engine import standalone_compare
from workbench.engine.capture_files import Capture
from workbench.engine.port import Port
from workbench.model.cause import Explanation
from workbench.model.errors import WorkbenchError
from workbench.model.row import Row
from workbench.native.dtypes import widened
from workbench.native.mapped import MappedTensors, Tensor
from workbench.native.protocol import KEPT
from workbench.report.reproduction import readme


async def export(
    port: Port, row: Row, part: str, capture: Capture, explanation: Explanation | None, folder: Path
) -> None:
    """Write the folder, whole or not at all.

    The reference's noise is there where it was measured. bfloat16 is written as float32, which numpy can read. Raises
    WorkbenchError where the folder exists, or the port does not come to the tap.
    """
    refuse(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        kept, made = Path(scratch) / "port.safetensors", Path(scratch) / "made"
        await port.fetch(row, part, capture, kept)
        await asyncio.to_thread(_write, made, row, port, capture, explanation, kept)
        refuse(folder)
        made.rename(folder)


def refuse(folder: Path) -> None:
    """Raise WorkbenchError for a folder that exists."""
    if folder.exists():
        raise WorkbenchError(f"{folder} exists already; remove it, or name another folder")


def _write(made: Path, row: Row, port: Port, capture: Capture, explanation: Explanation | None, kept: Path) -> None:
    made.mkdir()
    shutil.copyfile(capture.folder / "inputs.safetensors", made / "inputs.safetensors")
    actual, expected = MappedTensors(kept).get(KEPT), _tensor(capture.folder / "reference.safetensors", row)
    assert actual is not None
    if expected is None:
        raise WorkbenchError(f"the reference has no tensor of `{row.name}`; there is nothing to compare it with")
    _save(actual, row, made / "actual.safetensors")
    _save(expected, row, made / "expected.safetensors")
    noise, floor = _noise(row, capture)
    if noise is not None and noise.shape == expected.shape:
        _save(noise, row, made / "noise.safetensors")
    facts = _facts(row, actual.dtype, floor, port, explanation)
    (made / "row.json").write_bytes(msgspec.json.format(msgspec.json.encode(facts)))
    (made / "config.json").write_bytes(msgspec.json.format(port.captures.config_text(port.stage).encode()))
    (made / "README.txt").write_text(readme(row, explanation), encoding="utf-8")
    shutil.copyfile(standalone_compare.__file__, made / "compare.py")


def _tensor(file: Path, row: Row) -> Tensor | None:
    return MappedTensors(file).get(row.name) if file.exists() else None


def _noise(row: Row, capture: Capture) -> tuple[Tensor | None, Noise | None]:
    """Return the noise of the column that `Port.fetch` has the tensor of."""
    digest = capture.newest_injected() if row.local else ""
    spreads = capture.injected(digest) if digest else capture.noise
    spread = spreads.get(row.name)
    file = capture.folder / (f"injected-{digest}.safetensors" if digest else "noise.safetensors")
    return _tensor(file, row), spread.noise if spread else None


def _save(tensor: Tensor, row: Row, path: Path) -> None:
    kind = "f32" if tensor.dtype == "bf16" else tensor.dtype
    array = np.ascontiguousarray(widened(tensor.flat, tensor.dtype, kind)).reshape(tensor.shape)
    save_file({row.name: array}, path)


def _facts(row: Row, dtype: str, floor: Noise | None, port: Port, explanation: Explanation | None) -> dict[str, Any]:
    factor = port.config.factor_of(row.name)
    return {
        "stage": row.stage, "input": row.input, "tap": row.name, "dtype": row.dtype, "shape": row.shape,
        "column": "local" if row.local else "accumulated",
        "allowed_rms": factor.rms * floor.floor_rms(dtype) if floor else 0.0,
        "allowed_max": factor.max * floor.floor_max(dtype) if floor else 0.0,
        "reason": row.reason, "source": row.source, "explanation": explanation,
    }  # fmt: skip

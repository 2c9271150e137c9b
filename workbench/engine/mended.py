"""The port's tensors without the error that their own layer makes."""

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import numpy as np

from workbench.engine.capture_files import Capture
from workbench.engine.port import Port
from workbench.native.dtypes import NUMPY, widened
from workbench.native.kept import keep
from workbench.native.mapped import MappedTensors, Tensor
from workbench.native.protocol import KEPT, Job

FLOATS = frozenset(["f64", "f32", "f16"])
"""What numpy can calculate in and give back."""


async def mended(port: Port, capture: Capture, taps: Sequence[str], folder: Path) -> dict[str, Path]:
    """Write for each tap, where the port comes to it, what it has there less its local error; return the files.

    That is P − (P′ − R32), to first order what a right layer makes of the inputs that the port has there: P is the
    free run, P′ the one that is fed. Raises WorkbenchError.
    """
    digest = capture.newest_injected()
    own = {tap: folder / f"{at}-own.safetensors" for at, tap in enumerate(taps)}
    free = {tap: folder / f"{at}-free.safetensors" for at, tap in enumerate(taps)}
    jobs = [Job(str(capture.folder), digest, ("injected",), keep=tap, kept_in=str(own[tap])) for tap in taps]
    jobs += [Job(str(capture.folder), runs=("free",), keep=tap, kept_in=str(free[tap])) for tap in taps]
    async with aclosing(port.run(jobs)) as messages:
        async for _ in messages:
            pass
    reference = MappedTensors(capture.folder / "reference.safetensors")
    files = {tap: _written(own[tap], free[tap], reference.get(tap), folder / f"{at}.safetensors")
             for at, tap in enumerate(taps)}  # fmt: skip
    return {tap: file for tap, file in files.items() if file}


def _written(own: Path, free: Path, reference: Tensor | None, file: Path) -> Path | None:
    sides = [MappedTensors(path).get(KEPT) if path.exists() else None for path in (own, free)]
    fed, left = sides
    if fed is None or left is None or reference is None or left.dtype not in FLOATS:
        return None
    if not fed.shape == left.shape == reference.shape:
        return None
    exact, local, whole = (widened(side.flat, side.dtype, "f64") for side in (reference, fed, left))
    with np.errstate(invalid="ignore"):
        without = whole - (local - exact)
    content = np.where(np.isfinite(without), without, exact).astype(NUMPY[left.dtype])
    keep(left.dtype, list(left.shape), content.tobytes(), file)
    return file

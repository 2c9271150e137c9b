"""Compare the port's tensor with the reference's: `python compare.py` beside the files that it reads.

Needs numpy and safetensors, and nothing else. Exit 0: within what row.json allows; 1: not.
"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Print how far the tensors lie apart; return the exit code."""
    row = json.loads((HERE / "row.json").read_text(encoding="utf-8"))
    actual, expected = (load_file(HERE / f"{name}.safetensors")[row["tap"]] for name in ("actual", "expected"))
    if actual.shape != expected.shape:
        print(f"shape {actual.shape}, the reference has {expected.shape}")
        return 1
    exact = _exact(row["tap"], expected)
    if not np.array_equal(np.isfinite(actual), np.isfinite(exact)):
        where = np.argwhere(np.isfinite(actual) != np.isfinite(exact))[0]
        print(f"one side is not finite where the other is, at {where.tolist()} first")
        return 1
    return _told(actual, exact, row["allowed_rms"], row["allowed_max"])


def _exact(tap: str, expected: np.ndarray) -> np.ndarray:
    """Return the reference in float64: the float32 tensor without its own rounding, where that was measured."""
    noise = HERE / "noise.safetensors"
    exact = expected.astype(np.float64)
    return exact - load_file(noise)[tap] if noise.exists() else exact


def _told(actual: np.ndarray, exact: np.ndarray, allowed_rms: float, allowed_max: float) -> int:
    error = np.where(np.isfinite(exact), actual.astype(np.float64) - exact, 0.0)
    rms, largest = float(np.sqrt(np.mean(error**2))), float(np.max(np.abs(error)))
    scale = float(np.sqrt(np.mean(np.where(np.isfinite(exact), exact, 0.0) ** 2)))
    worst = np.unravel_index(int(np.argmax(np.abs(error))), error.shape)
    print(f"max       {largest:.3e}  (allowed {allowed_max:.3e})")
    print(f"rms       {rms:.3e}  (allowed {allowed_rms:.3e})")
    print(f"relative  {rms / scale if scale else float(rms > 0):.3e}  (rms over the rms of the reference)")
    print(f"worst at  {[int(index) for index in worst]}: port {actual[worst]!s}, reference {exact[worst]!s}")
    return 0 if rms <= allowed_rms and largest <= allowed_max else 1


if __name__ == "__main__":
    sys.exit(main())

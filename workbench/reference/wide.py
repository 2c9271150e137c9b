"""The dtypes of a float64 run."""

from __future__ import annotations

import torch

WIDE = {
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float32: torch.float64,
    torch.complex32: torch.complex128,
    torch.complex64: torch.complex128,
}


def upcast(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor in float64 or complex128 where it is a narrower float; itself otherwise."""
    wide = WIDE.get(tensor.dtype)
    return tensor if wide is None else tensor.to(wide)

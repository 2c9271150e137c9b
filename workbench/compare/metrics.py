"""Metrics of two tensors, computed by the kernel in one pass."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from workbench.compare import _kernel
from workbench.compare._kernel import HIGHEST_EXPONENT, LOWEST_EXPONENT, Metrics

if TYPE_CHECKING:
    from typing_extensions import Buffer

    Tensor: TypeAlias = Buffer | NDArray[Any]

__all__ = ["DTYPES", "HIGHEST_EXPONENT", "LOWEST_EXPONENT", "Metrics", "compare", "compare_arrays"]

DTYPES = {
    np.dtype("float32"): "f32",
    np.dtype("float64"): "f64",
    np.dtype("float16"): "f16",
    np.dtype("uint8"): "u8",
    np.dtype("uint32"): "u32",
    np.dtype("int16"): "i16",
    np.dtype("int32"): "i32",
    np.dtype("int64"): "i64",
}
"""The dtypes that numpy and the kernel share; numpy has no bf16."""


def compare(
    actual: "Tensor", expected: "Tensor", dtype: str, shape: Sequence[int], noise: "Tensor | None" = None
) -> Metrics:
    """Return the metrics of `actual` against `expected`, two contiguous buffers of this dtype and shape.

    `dtype` is one of f32, f64, f16, bf16, u8, u32, i16, i32 and i64. `noise` is R32 − R64 in float32, of the same
    shape: the error of an element is then (actual − expected) + noise. No thread may write to the buffers meanwhile.

    Raises ValueError where dtype, shape and buffers do not fit together.
    """
    return _kernel.compare(actual, expected, dtype, shape, noise)


def compare_arrays(actual: NDArray[Any], expected: NDArray[Any], noise: NDArray[np.float32] | None = None) -> Metrics:
    """Return the metrics of two contiguous arrays of one dtype, see `compare`.

    Raises ValueError where the arrays differ in dtype or shape, are not contiguous, or have a dtype that the kernel
    does not know.
    """
    if actual.dtype != expected.dtype or actual.dtype not in DTYPES:
        raise ValueError(f"cannot compare {actual.dtype} with {expected.dtype}")
    if actual.shape != expected.shape or (noise is not None and noise.shape != actual.shape):
        shapes = ", ".join(str(array.shape) for array in (actual, expected, noise) if array is not None)
        raise ValueError(f"cannot compare arrays of the shapes {shapes}")
    return _kernel.compare(actual, expected, DTYPES[actual.dtype], actual.shape, noise)

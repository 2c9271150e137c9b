"""Element types: their names on each side and their sizes."""

import numpy as np
from numpy.typing import DTypeLike

NUMPY: dict[str, DTypeLike] = {
    "f64": np.float64, "f32": np.float32, "f16": np.float16, "bf16": np.uint16,
    "bool": np.bool_, "u8": np.uint8, "i8": np.int8, "u16": np.uint16, "i16": np.int16,
    "u32": np.uint32, "i32": np.int32, "u64": np.uint64, "i64": np.int64,
}  # fmt: skip
"""Types that hold the elements; numpy has no bfloat16, so its bits are held in uint16."""

SIZE = {name: np.dtype(kind).itemsize for name, kind in NUMPY.items()}
SAFETENSORS = {name.upper(): name for name in NUMPY}

_names = {np.dtype(kind): name for name, kind in NUMPY.items() if name != "bf16"}


def name_of(dtype: np.dtype) -> str | None:
    """Return our name of a numpy dtype in native byte order, None for one that no tensor has."""
    return _names.get(dtype) if dtype.isnative else None


def widened(elements: np.ndarray, dtype: str, to: str) -> np.ndarray:
    """Return elements of `dtype` (in its NUMPY type) as a dtype that holds them."""
    if dtype == to:
        return elements
    if dtype == "bf16":
        elements = (elements.astype(np.uint32) << 16).view(np.float32)
    return elements.astype(NUMPY[to])

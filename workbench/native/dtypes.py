"""Element types: their names on each side, their sizes, and which of them may be compared with which."""

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
FLOATS = frozenset({"f64", "f32", "f16", "bf16"})
DIRECT = frozenset({"f64", "f32", "f16", "bf16", "u8", "u32", "i16", "i32", "i64"})
"""What the metrics kernel reads as it is."""

_names = {np.dtype(kind): name for name, kind in NUMPY.items() if name != "bf16"}


def name_of(dtype: np.dtype) -> str | None:
    """Return our name of a numpy dtype in native byte order, None for one that no tensor has."""
    return _names.get(dtype) if dtype.isnative else None


def same_class(left: str, right: str) -> bool:
    """Return whether both are floats or both are integers; bool counts as an integer."""
    return (left in FLOATS) == (right in FLOATS)


def common(left: str, right: str) -> str:
    """Return the type that holds the elements of both exactly, of the same class, and that the kernel reads."""
    if left == right and left in DIRECT:
        return left
    if left in FLOATS:
        return "f64" if "f64" in (left, right) else "f32"
    return "i64"


def convert(elements: np.ndarray, dtype: str, to: str) -> np.ndarray:
    """Return flat elements of `dtype` (in its NUMPY type) as another dtype of its class, rounded to nearest even."""
    if dtype == to:
        return elements
    if dtype == "bf16":
        elements = (elements.astype(np.uint32) << 16).view(np.float32)
    return _bfloat16(elements) if to == "bf16" else elements.astype(NUMPY[to])


def _bfloat16(elements: np.ndarray) -> np.ndarray:
    elements = elements.astype(np.float32)
    bits = elements.view(np.uint32)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return np.where(np.isnan(elements), np.uint16(0x7FC0), rounded)

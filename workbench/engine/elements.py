"""Elements of two dtypes in one that holds both."""

from workbench.compare.floor import FLOATS

READ = frozenset({"f64", "f32", "f16", "bf16", "u8", "u32", "i16", "i32", "i64"})
"""What the metrics kernel reads as it is."""


def common(left: str, right: str) -> str:
    """Return the dtype that holds the elements of both exactly, of the same class, and that the kernel reads."""
    if left == right and left in READ:
        return left
    if left in FLOATS:
        return "f64" if "f64" in (left, right) else "f32"
    return "i64"


def problem_of(dtype: str, shape: tuple[int, ...], other: str, other_shape: tuple[int, ...]) -> str:
    """Return why two tensors cannot be compared, in one sentence; empty when they can."""
    if shape != other_shape:
        return f"shape {_text(shape)}, the reference has {_text(other_shape)}"
    if (dtype in FLOATS) != (other in FLOATS):
        return f"dtype {dtype}, the reference has {other}"
    return ""


def _text(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "scalar"

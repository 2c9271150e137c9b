"""Torch functions under one name each, and the names of their arguments."""

from __future__ import annotations

from typing import Any

SAME = {
    "rsub": "sub", "rdiv": "div", "rtruediv": "div", "truediv": "div", "true_divide": "div", "divide": "div",
    "rpow": "pow", "float_power": "pow", "rmatmul": "matmul", "radd": "add", "rmul": "mul", "multiply": "mul",
    "subtract": "sub", "iadd": "add", "isub": "sub", "imul": "mul", "idiv": "div", "itruediv": "div", "ipow": "pow",
    "bmm": "matmul", "mm": "matmul", "concat": "cat", "concatenate": "cat", "negative": "neg", "absolute": "abs",
    "clip": "clamp", "invert": "not", "logical_not": "not", "bitwise_not": "not", "and": "and", "bitwise_and": "and",
    "logical_and": "and", "or": "or", "bitwise_or": "or", "logical_or": "or", "swapaxes": "transpose",
    "swapdims": "transpose", "less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge",
    "unsafe_split": "split", "unsafe_chunk": "chunk", "reshape": "view", "rfloordiv": "floordiv",
    "alpha_dropout": "dropout", "feature_dropout": "dropout",
}  # fmt: skip
REFLECTED = frozenset(["rsub", "rdiv", "rtruediv", "rpow", "rmatmul", "rfloordiv"])
"""`2 - x` arrives as `__rsub__(x, 2)`."""

BINARY = ("left", "right")
NORM = ("input", "shape", "weight", "bias", "eps")
ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("add", "sub", "mul", "div", "pow", "matmul", "lt", "le", "gt", "ge", "eq", "ne"), BINARY),
    **dict.fromkeys(("and", "or", "floordiv", "floor_divide", "maximum", "minimum", "remainder", "fmod"), BINARY),
    "layer_norm": ("input", "normalized_shape", "weight", "bias", "eps"),
    "rms_norm": ("input", "normalized_shape", "weight", "eps"),
    "group_norm": ("input", "num_groups", "weight", "bias", "eps"),
    "batch_norm": ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"),
    "instance_norm": (
        "input", "running_mean", "running_var", "weight", "bias", "use_input_stats", "momentum", "eps",
    ),
    "normalize": ("input", "p", "dim", "eps"),
    "linear": ("input", "weight", "bias"),
    "addmm": ("input", "mat1", "mat2"),
    "conv1d": ("input", "weight", "bias", "stride", "padding", "dilation", "groups"),
    "conv2d": ("input", "weight", "bias", "stride", "padding", "dilation", "groups"),
    "conv_transpose1d": ("input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation"),
    "embedding": ("input", "weight"),
    "gelu": ("input",),
    "leaky_relu": ("input", "negative_slope", "inplace"),
    "elu": ("input", "alpha", "inplace"),
    "softplus": ("input", "beta", "threshold"),
    "glu": ("input", "dim"),
    "softmax": ("input", "dim"),
    "log_softmax": ("input", "dim"),
    "dropout": ("input", "p", "training", "inplace"),
    "pad": ("input", "pad", "mode", "value"),
    "interpolate": (
        "input", "size", "scale_factor", "mode", "align_corners", "recompute_scale_factor", "antialias",
    ),
    "scaled_dot_product_attention": ("query", "key", "value", "attn_mask", "dropout_p", "is_causal"),
    "chunk": ("input", "chunks", "dim"),
    "split": ("input", "split_size", "dim"),
    "unbind": ("input", "dim"),
    "cat": ("tensors", "dim"),
    "stack": ("tensors", "dim"),
    "transpose": ("input", "dim0", "dim1"),
    "getitem": ("input", "index"),
    "masked_fill": ("input", "mask", "value"),
    "where": ("condition", "left", "right"),
    "clamp": ("input", "min", "max"),
    "clamp_min": ("input", "min"),
    "repeat_interleave": ("input", "repeats", "dim"),
    "stft": ("input", "n_fft", "hop_length", "win_length", "window", "center", "pad_mode", "normalized", "onesided"),
    "istft": ("input", "n_fft", "hop_length", "win_length", "window", "center", "normalized", "onesided", "length"),
    "mean": ("input", "dim", "keepdim"),
    "sum": ("input", "dim", "keepdim"),
    "cumsum": ("input", "dim"),
    "tril": ("input", "diagonal"),
    "triu": ("input", "diagonal"),
    "_weight_norm": ("v", "g", "dim"),
    "flatten": ("input", "start_dim", "end_dim"),
    "unflatten": ("input", "dim", "sizes"),
    "unsqueeze": ("input", "dim"),
    "einsum": ("equation",),
    "lstm": ("input", "state", "weights"),
    "gru": ("input", "state", "weights"),
}  # fmt: skip
DEFAULTS: dict[str, dict[str, Any]] = {
    "layer_norm": {"eps": 1e-5},
    "group_norm": {"eps": 1e-5},
    "batch_norm": {"eps": 1e-5},
    "instance_norm": {"eps": 1e-5},
    "normalize": {"p": 2.0, "dim": 1, "eps": 1e-12},
    "conv1d": {"stride": 1, "padding": 0, "dilation": 1, "groups": 1},
    "conv2d": {"stride": 1, "padding": 0, "dilation": 1, "groups": 1},
    "conv_transpose1d": {"stride": 1, "padding": 0, "output_padding": 0, "groups": 1, "dilation": 1},
    "gelu": {"approximate": "none"},
    "leaky_relu": {"negative_slope": 0.01},
    "elu": {"alpha": 1.0},
    "softplus": {"beta": 1.0},
    "glu": {"dim": -1},
    "dropout": {"p": 0.5, "training": True},
    "pad": {"mode": "constant"},
    "interpolate": {"mode": "nearest"},
    "chunk": {"dim": 0},
    "split": {"dim": 0},
    "unbind": {"dim": 0},
    "cat": {"dim": 0},
    "stack": {"dim": 0},
    "tril": {"diagonal": 0},
    "triu": {"diagonal": 0},
    "_weight_norm": {"dim": 0},
    "flatten": {"start_dim": 0, "end_dim": -1},
    "stft": {"center": True, "pad_mode": "reflect", "normalized": False, "onesided": True},
    "istft": {"center": True, "normalized": False},
}
IN_PLACE = ("iadd", "isub", "imul", "idiv", "itruediv", "ipow", "setitem")


def kind_of(func: Any) -> tuple[str, bool]:
    """The one name of a function, and whether its operands are swapped; a property is named by itself (`T`)."""
    name = getattr(func, "__name__", type(func).__name__)
    if name == "__get__":
        return getattr(func.__self__, "__name__", name), False
    bare = name.strip("_") if name.startswith("__") or not name.startswith("_") else name
    return SAME.get(bare, bare), bare in REFLECTED


def arguments_of(kind: str, swapped: bool) -> tuple[str, ...]:
    """The names of a kind's positional arguments; unknown kinds have an `input`."""
    names = ARGUMENTS.get(kind, ("input",))
    return names[::-1] if swapped else names


def named_in_place(func: Any, kwargs: dict[str, Any]) -> bool:
    """Whether a function says by its name or a flag that it writes into its first argument."""
    name = getattr(func, "__name__", "")
    dunder = name.endswith("__")
    return bool(kwargs.get("inplace")) or (name.strip("_") in IN_PLACE if dunder else name.endswith("_"))

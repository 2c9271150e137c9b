"""When the peers call two tensors alike: fixed thresholds, and tools where they can be imported."""

import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import cache
from io import StringIO

import numpy as np
import torch

Rule = Callable[[np.ndarray, np.ndarray], bool]


def assert_close(port: np.ndarray, reference: np.ndarray) -> bool:
    """torch.testing.assert_close as it comes: rtol 1.3e-6, atol 1e-5 for float32."""
    try:
        torch.testing.assert_close(torch.from_numpy(port.copy()), torch.from_numpy(reference.copy()))
    except AssertionError:
        return False
    return True


def fixed(port: np.ndarray, reference: np.ndarray) -> bool:
    """numpy.allclose with rtol 1e-3 and atol 1e-4."""
    return port.shape == reference.shape and np.allclose(port, reference, rtol=1e-3, atol=1e-4)


def polygraphy() -> Rule:
    """Return Polygraphy's CompareFunc.simple as it comes; raises ImportError without it."""
    from polygraphy.comparator import CompareFunc, IterationResult
    from polygraphy.logger import G_LOGGER

    G_LOGGER.module_severity = G_LOGGER.CRITICAL
    with warnings.catch_warnings(action="ignore"):
        compare = CompareFunc.simple()

    def alike(port: np.ndarray, reference: np.ndarray) -> bool:
        sides = (
            IterationResult({"it": side}, runner_name=name) for side, name in ((port, "rust"), (reference, "torch"))
        )
        return bool(compare(*sides)["it"])

    return alike


def msprobe() -> Rule:
    """Return the rule of msprobe's compare, by cosine and largest absolute error; raises ImportError without it."""
    from msprobe.core.common.const import CompareConst
    from msprobe.core.compare.multiprocessing_compute import check_accuracy
    from msprobe.core.compare.npy_compare import compare_ops_apply, npy_data_check

    def alike(port: np.ndarray, reference: np.ndarray) -> bool:
        port, reference = port.copy(), reference.copy()
        with redirect_stdout(StringIO()):
            unlike, _ = npy_data_check(port, reference)
            if unlike:
                return False
            (cosine, _, largest, *_), _ = compare_ops_apply(port, reference, False, "")
            return check_accuracy(cosine, largest) != CompareConst.ACCURACY_CHECK_NO

    return alike


@cache
def rules() -> dict[str, Rule]:
    """Return the rules by name; each is true where two tensors agree."""
    found: dict[str, Rule] = {"assert_close": assert_close, "1e-3/1e-4": fixed}
    for make in (polygraphy, msprobe):
        try:
            found[make.__name__] = make()
        except ImportError:
            continue
    return found

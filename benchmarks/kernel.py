"""How many GB/s (both sides together) the metrics kernel compares on one core, and what others need.

Run: python benchmarks/kernel.py [--elements 4194304] [--rounds 15]. Times are those of the thread's own CPU, the best
of all rounds, so that other work on the machine counts little; every comparison passes, which is each tool's fast way.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from numpy.typing import NDArray

from workbench.compare.metrics import compare

Array = NDArray[Any]
Call = Callable[[], object]
DTYPES = {"f32": 4, "f64": 8, "f16": 2, "bf16": 2, "u8": 1, "u32": 4, "i16": 2, "i32": 4, "i64": 8}
SLOW_ROUNDS = 3


def main() -> None:
    """Print three tables: the kernel per dtype, the kernel per shape, and the kernel beside others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elements", type=int, default=1 << 22)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    count, rounds = arguments.elements, arguments.rounds
    print(f"{count} elements, GB/s of both sides, one thread")
    shape = (count // 1024, 1024)
    for dtype in DTYPES:
        actual, expected = pair(dtype, count)
        kernel = gigabytes(partial(compare, actual, expected, dtype, shape), 2 * actual.nbytes, rounds)
        print(f"{dtype:>6} {shape!s:20} {kernel:8.2f}")
    actual, expected = pair("f32", count)
    noise = (1e-7 * expected).astype("f4")
    kernel = gigabytes(partial(compare, actual, expected, "f32", shape, noise), 3 * actual.nbytes, rounds)
    print(f"{'f32':>6} {shape!s:20} {kernel:8.2f}  with a noise, which counts as well")
    for other in shapes(count):
        kernel = gigabytes(partial(compare, actual, expected, "f32", other), 2 * actual.nbytes, rounds)
        print(f"{'f32':>6} {other!s:20} {kernel:8.2f}")
    beside_others(actual.reshape(shape), expected.reshape(shape), rounds)


def pair(dtype: str, count: int) -> tuple[Array, Array]:
    """Two flat tensors of the dtype that differ by about 1e-6 of their size, where the dtype can show it."""
    random = np.random.default_rng(1)
    exact = random.normal(size=count)
    near = exact * (1.0 + 1e-6 * random.normal(size=count))
    if dtype == "bf16":
        return tuple((side.astype("f4").view("u4") >> 16).astype("u2") for side in (near, exact))  # type: ignore[return-value]
    if dtype.startswith("f"):
        return near.astype(f"f{DTYPES[dtype]}"), exact.astype(f"f{DTYPES[dtype]}")
    return tuple((30 * side + 128).clip(0, 255).astype(f"{dtype[0]}{DTYPES[dtype]}") for side in (near, exact))  # type: ignore[return-value]


def shapes(count: int) -> Iterator[tuple[int, ...]]:
    """Ways to cut so many elements into axes, if `count` is a power of two."""
    yield (count,)
    yield (2, count // 131072, 256, 256)
    yield (count // 64, 64)
    yield (8, count // 8)
    yield (count // 8192, 8192)


def gigabytes(call: Call, size: int, rounds: int) -> float:
    """GB/s of one call that reads `size` bytes."""
    return size / min(seconds(call) for _ in range(rounds)) / 1e9


def seconds(call: Call) -> float:
    """CPU seconds of this thread in one call."""
    begun = time.thread_time()
    call()
    return time.thread_time() - begun


def beside_others(actual: Array, expected: Array, rounds: int) -> None:
    """Print the kernel and the others in turn, as GB/s and as what the kernel is times faster."""
    size = 2 * actual.nbytes
    kernel = gigabytes(partial(compare, actual, expected, "f32", actual.shape), size, rounds)
    print(f"\n{'f32':>6} {actual.shape!s:20} {kernel:8.2f}      1 ×  workbench kernel, every metric")
    for name, call in others(actual, expected):
        if call is None:
            print(f"{'':36}          {name}: not installed")
            continue
        speed = gigabytes(call, size, SLOW_ROUNDS)
        print(f"{'':27} {speed:8.2f} {kernel / speed:6.0f} ×  {name}")


def others(actual: Array, expected: Array) -> Iterator[tuple[str, Call | None]]:
    """The comparisons that people use today, each with a tolerance that passes; None for one that is missing."""
    yield "numpy.testing.assert_allclose", partial(np.testing.assert_allclose, actual, expected, 1e-3, 1e-3)
    yield "torch.testing.assert_close", of_torch(actual, expected)
    yield "Polygraphy SimpleCompareFunc", of_polygraphy(actual, expected)


def of_torch(actual: Array, expected: Array) -> Call | None:
    """PyTorch's own comparison, on one thread."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    sides = torch.from_numpy(actual), torch.from_numpy(expected)
    return partial(torch.testing.assert_close, *sides, rtol=1e-3, atol=1e-3)


def of_polygraphy(actual: Array, expected: Array) -> Call | None:
    """Polygraphy's comparison of the outputs of two runs, with its narration off."""
    try:
        from polygraphy.comparator import IterationResult, SimpleCompareFunc  # type: ignore[import-not-found]
        from polygraphy.logger import G_LOGGER  # type: ignore[import-not-found]
    except ImportError:
        return None
    G_LOGGER.module_severity = G_LOGGER.CRITICAL
    sides = (IterationResult({"tensor": side}, runner_name=name) for side, name in ((actual, "a"), (expected, "b")))
    return partial(SimpleCompareFunc(rtol=1e-3, atol=1e-3), *sides)


if __name__ == "__main__":
    main()

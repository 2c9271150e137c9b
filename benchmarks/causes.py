"""How long the search for a tensor's cause takes on one core, for a row of 4 M elements.

Run: python benchmarks/causes.py [--rounds 7]. Times are those of the thread's own CPU, medians over the rounds.
"""

import argparse
import os
import statistics
import time
from collections.abc import Iterator
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from numpy.typing import NDArray

from workbench.causes.pair import Pair
from workbench.causes.search import explain
from workbench.model.cause import Remaining

Array = NDArray[Any]
SHAPE = (2, 2048, 1024)
NOISE = 1e-7


def main() -> None:
    """Print one line per kind of error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    random = np.random.default_rng(1)
    exact = random.normal(size=SHAPE).astype("f4")
    noise = (NOISE * random.normal(size=SHAPE)).astype("f4")
    floor = Remaining(NOISE, 5 * NOISE)
    print(f"{exact.size} elements {SHAPE}, one thread, median of {rounds}")
    for name, port in errors(exact, random):
        times = []
        for _ in range(rounds):
            begun = time.thread_time()
            found = explain(Pair(port, exact + noise, noise, floor))
            times.append(time.thread_time() - begun)
        print(f"{1e3 * statistics.median(times):7.0f} ms  {name:22} {found.tried:4} tried  {found.words}")


def errors(exact: Array, random: np.random.Generator) -> Iterator[tuple[str, Array]]:
    """Ports that are wrong in one way each; the last ones in a way that no transform explains."""
    yield "factor", 2 * exact
    yield "mask", np.where(np.arange(SHAPE[1])[:, None] < 1900, exact, np.float32(0))
    yield "clamp", np.clip(exact, -1, 1)
    yield "interleaved", np.ascontiguousarray(exact.reshape(*SHAPE[:2], 2, 512).swapaxes(2, 3)).reshape(SHAPE)
    yield "rows swapped", np.ascontiguousarray(exact[::-1])
    yield "channels in any order", np.ascontiguousarray(exact[..., random.permutation(SHAPE[2])])
    yield "3 frames late", np.concatenate([np.zeros((2, 3, 1024), "f4"), exact[:, :-3]], 1)
    yield "heads not put back", np.ascontiguousarray(exact.reshape(2, 2048, 16, 64).swapaxes(1, 2)).reshape(SHAPE)
    yield "one head doubled", np.concatenate([2 * exact[..., :64], exact[..., 64:]], 2)
    yield "at the edge", np.concatenate([exact[:, :2] + 1e-3, exact[:, 2:]], 1) * np.float32(1)
    yield "unrelated, 1e-3", exact + (1e-3 * random.normal(size=SHAPE)).astype("f4")
    yield "unrelated", random.normal(size=SHAPE).astype("f4")


if __name__ == "__main__":
    main()

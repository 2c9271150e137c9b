"""The metrics kernel against plain numpy in float64."""

import math
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from workbench.compare.metrics import HIGHEST_EXPONENT, LOWEST_EXPONENT, Metrics, compare, compare_arrays

Array = NDArray[Any]

NUMPY = {
    "f32": np.float32,
    "f64": np.float64,
    "f16": np.float16,
    "bf16": np.uint16,
    "u8": np.uint8,
    "u32": np.uint32,
    "i16": np.int16,
    "i32": np.int32,
    "i64": np.int64,
}
SPECIAL = np.array([0.0, -0.0, 1.0, np.nan, np.inf, -np.inf, 1e-40, 6e-8])
SUMS = ["mean_abs", "rms", "expected_rms", "actual_rms"]
MAX_BINS = 64


@dataclass(frozen=True)
class Tensors:
    """A pair of tensors in memory, with the noise of the expected one."""

    dtype: str
    actual: Array
    expected: Array
    noise: Array | None

    def metrics(self) -> Metrics:
        return compare(self.actual, self.expected, self.dtype, self.actual.shape, self.noise)


def stored(values: Array, dtype: str) -> Array:
    """The nearest values of the dtype; those of bf16 as their bits."""
    with np.errstate(all="ignore"):
        if dtype == "bf16":
            return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
        if dtype.startswith("f"):
            return values.astype(NUMPY[dtype])
        bits = 8 * np.dtype(NUMPY[dtype]).itemsize - 1
        lowest = -(2.0**bits) if dtype.startswith("i") else 0.0
        return np.nan_to_num(values).clip(lowest, 2.0 ** (bits - 1)).astype(NUMPY[dtype])


def widened(array: Array, dtype: str) -> Array:
    if dtype == "bf16":
        return (array.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return array.astype(np.float64)


SHAPES = st.one_of(
    st.lists(st.integers(0, 9), max_size=5).map(tuple),
    st.tuples(st.integers(1, 3), st.integers(505, 2100)),
    st.tuples(st.integers(505, 2100), st.integers(1, 3)),
    st.tuples(st.integers(1, 3), st.integers(505, 700), st.integers(1, 5)),
    st.sampled_from([(40_001,), (3, 17_000), (20, 2, 1024), (700, 27, 2), (2, 600, 30)]),
)


@st.composite
def tensors(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Tensors:
    shape, dtype = draw(SHAPES), draw(st.sampled_from(sorted(NUMPY)))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    scale = 2.0 ** draw(st.integers(-12, 12))
    exact = np.array(random.normal(draw(st.sampled_from([0.0, 1.0, -300.0])), scale, shape))
    error = np.array(random.normal(0.0, scale * 2.0 ** draw(st.integers(-50, 4)), shape))
    error *= random.random(shape) >= draw(st.sampled_from([0.0, 0.5, 1.0]))
    sides = [np.array(exact + error), exact]
    share = draw(st.sampled_from([0.0, 0.0, 1e-3, 0.3, 1.0]))
    for side in sides:
        special = np.array(random.random(shape) < share)
        side[special] = random.choice(SPECIAL, special.sum())
    noise = np.array(error * random.normal(size=shape), np.float32) if draw(st.booleans()) else None
    return Tensors(dtype, np.asarray(stored(sides[0], dtype)), np.asarray(stored(sides[1], dtype)), noise)


def kinds(values: Array) -> Array:
    """0 for a finite value, another number for NaN, +inf and -inf each."""
    return np.asarray(np.where(np.isnan(values), 3, np.where(np.isinf(values), np.sign(values), 0)))


class Model:
    """Every metric by its definition."""

    def __init__(self, pair: Tensors) -> None:
        a, x = widened(pair.actual, pair.dtype), widened(pair.expected, pair.dtype)
        noise = np.zeros(a.shape) if pair.noise is None else pair.noise.astype(np.float64)
        with np.errstate(invalid="ignore"):
            self.y, self.e = x - noise, (a - x) + noise
        self.a, self.x = a, x
        self.compared = np.isfinite(a) & np.isfinite(self.y)
        self.errors, self.exact, self.values = (v[self.compared] for v in (self.e, self.y, a))

    def profile(self, axis: int) -> Array:
        squares = np.where(self.compared, np.where(self.compared, self.e, 0.0) ** 2, 0.0)
        others = tuple(other for other in range(self.a.ndim) if other != axis)
        length, sums, counts = self.a.shape[axis], squares.sum(others), self.compared.sum(others)
        if length > MAX_BINS:
            bins = np.arange(length) * MAX_BINS // length
            sums, counts = (np.bincount(bins, weights=v, minlength=MAX_BINS) for v in (sums, counts))
        means = np.divide(sums, counts, out=np.zeros(len(sums)), where=counts > 0)
        return np.asarray(np.sqrt(means))

    def histogram(self) -> Array:
        sizes = np.abs(self.errors[self.errors != 0.0])
        exponents = np.frexp(sizes)[1] - 1
        bins = exponents.clip(LOWEST_EXPONENT, HIGHEST_EXPONENT) - LOWEST_EXPONENT
        return np.bincount(bins, minlength=HIGHEST_EXPONENT - LOWEST_EXPONENT + 1)

    def differing(self) -> int:
        same_kind = kinds(self.a) == kinds(self.x)
        return int((~same_kind | (np.isfinite(self.a) & (self.a != self.x))).sum())


def rms(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2)))


@settings(max_examples=300, deadline=None)
@given(tensors())
def test_counts_agree(pair: Tensors) -> None:
    metrics, model = pair.metrics(), Model(pair)
    assert metrics.count == model.a.size
    assert metrics.compared == model.compared.sum()
    assert metrics.nan_actual == np.isnan(model.a).sum()
    assert metrics.nan_expected == np.isnan(model.x).sum()
    assert metrics.inf_actual == np.isinf(model.a).sum()
    assert metrics.inf_expected == np.isinf(model.x).sum()
    assert metrics.nonfinite_mismatch == (kinds(model.a) != kinds(model.x)).sum()
    nonfinite = np.flatnonzero(~np.isfinite(model.a))
    assert metrics.first_nonfinite == (nonfinite[0] if len(nonfinite) else None)
    assert metrics.differing == model.differing()
    assert metrics.zeros == (model.errors == 0.0).sum()
    assert metrics.exponent_histogram == model.histogram().tolist()
    assert metrics.zeros + sum(metrics.exponent_histogram) == metrics.compared


@settings(max_examples=300, deadline=None)
@given(tensors())
def test_sums_agree(pair: Tensors) -> None:
    metrics, model = pair.metrics(), Model(pair)
    if not metrics.compared:
        assert not any(getattr(metrics, name) for name in [*SUMS, "bias", "cosine", "snr_db", "actual_std"])
        return
    a, y, e = model.values, model.exact, model.errors
    wanted = np.array([np.mean(np.abs(e)), rms(e), rms(y), rms(a)])
    np.testing.assert_allclose(np.array([getattr(metrics, name) for name in SUMS]), wanted, rtol=1e-11)
    np.testing.assert_allclose(metrics.bias, np.mean(e), atol=1e-11 * metrics.mean_abs, rtol=0)
    for got, side in ((metrics.expected_std, y), (metrics.actual_std, a)):
        np.testing.assert_allclose(got, np.std(side), rtol=1e-10, atol=1e-14 * rms(side))
    cosine = np.mean(a * y) / rms(a) / rms(y) if a.any() and y.any() else float(not a.any() and not y.any())
    np.testing.assert_allclose(metrics.cosine, cosine, atol=1e-11, rtol=0)
    energy, wrong = np.sum(y**2), np.sum(e**2)
    with np.errstate(divide="ignore"):
        snr_db = 10 * np.log10(energy / wrong) if wrong else math.inf
    np.testing.assert_allclose(metrics.snr_db, snr_db, atol=1e-9, rtol=0)


@settings(max_examples=300, deadline=None)
@given(tensors())
def test_extremes_agree(pair: Tensors) -> None:
    metrics, model = pair.metrics(), Model(pair)
    if not metrics.compared:
        assert metrics.worst_index is None
        return
    sizes = np.where(model.compared, np.abs(np.where(model.compared, model.e, 0.0)), -1.0)
    worst = np.unravel_index(np.argmax(sizes), sizes.shape)
    assert metrics.worst_index == tuple(map(int, worst))
    assert (metrics.worst_actual, metrics.worst_expected) == (model.a[worst], model.y[worst])
    assert metrics.max_abs == sizes[worst]
    assert metrics.expected_max == np.abs(model.exact).max()
    scale = metrics.expected_max or math.inf
    assert metrics.relative_to_max == (math.inf if math.isinf(scale) and metrics.max_abs else metrics.max_abs / scale)
    nonzero = model.exact != 0.0
    ratios = np.abs(model.errors[nonzero]) / np.abs(model.exact[nonzero])
    atol, rtol = metrics.min_tolerance
    assert atol == metrics.max_abs
    np.testing.assert_allclose(rtol, ratios.max(initial=0.0), rtol=1e-14)


@settings(max_examples=300, deadline=None)
@given(tensors())
def test_profiles_agree(pair: Tensors) -> None:
    profile, model = pair.metrics().profile, Model(pair)
    assert [len(axis) for axis in profile] == [min(length, MAX_BINS) for length in pair.actual.shape]
    for axis, got in enumerate(profile):
        if pair.actual.size:
            np.testing.assert_allclose(got, model.profile(axis), rtol=1e-11)
        else:
            assert not any(got)


def test_a_large_tensor_agrees() -> None:
    random = np.random.default_rng(1)
    expected = random.normal(size=(3, 1025, 771)).astype(np.float32)
    actual = expected + np.float32(1e-5) * random.normal(size=expected.shape).astype(np.float32)
    pair = Tensors("f32", actual, expected, None)
    metrics, model = pair.metrics(), Model(pair)
    np.testing.assert_allclose(metrics.rms, rms(model.e), rtol=1e-11)
    np.testing.assert_allclose(metrics.bias, np.mean(model.e), rtol=1e-9)
    assert metrics.exponent_histogram == model.histogram().tolist()
    for axis, got in enumerate(metrics.profile):
        np.testing.assert_allclose(got, model.profile(axis), rtol=1e-11)


def test_one_late_nan_leaves_everything_else_alone() -> None:
    expected = np.linspace(-1.0, 1.0, 64 * 700, dtype=np.float32).reshape(64, 700)
    actual = expected + np.float32(1e-3)
    actual[63, 5] = np.nan
    pair = Tensors("f32", actual, expected, None)
    metrics, model = pair.metrics(), Model(pair)
    assert (metrics.compared, metrics.nan_actual) == (64 * 700 - 1, 1)
    assert metrics.first_nonfinite == 63 * 700 + 5
    np.testing.assert_allclose(metrics.profile[1], model.profile(1), rtol=1e-11)


def test_the_noise_makes_the_expectation_exact() -> None:
    exact = np.random.default_rng(2).normal(size=4000)
    expected = exact.astype(np.float32)
    noise = (expected - exact).astype(np.float32)
    metrics = compare(expected, expected, "f32", (4000,), noise)
    assert metrics.differing == 0
    np.testing.assert_allclose(metrics.rms, rms(noise.astype(np.float64)), rtol=1e-12)
    np.testing.assert_allclose(metrics.expected_rms, rms(exact), rtol=1e-14)


def test_integers_differ_beyond_float64() -> None:
    big = np.full(1000, 2**60, np.int64)
    metrics = compare_arrays(big + 1, big)
    assert (metrics.differing, metrics.max_abs) == (1000, 1.0)


def test_a_scalar_is_a_tensor_of_rank_0() -> None:
    scalars: list[Any] = [np.float32(3.0), np.array(3.0, np.float32)]
    for scalar in scalars:
        metrics = compare(scalar, np.array(2.0, np.float32), "f32", ())
        assert (metrics.count, metrics.max_abs, metrics.worst_index, metrics.profile) == (1, 1.0, (), [])


def test_any_buffer_at_any_alignment() -> None:
    array = np.arange(1200, dtype=np.float32)
    shifted = memoryview(b"x" + array.tobytes())[1:]
    assert compare(shifted, bytearray(array.tobytes()), "f32", [1200]).differing == 0
    assert compare(shifted, array, "f32", (30, 40)).profile == [[0.0] * 30, [0.0] * 40]


@pytest.mark.parametrize(
    ("actual", "expected", "dtype", "shape", "noise", "message"),
    [
        (np.zeros(4, "f4"), np.zeros(4, "i4"), "f32", (4,), None, "expected has elements of format 'i'"),
        (np.zeros(4, "f4"), np.zeros(4, "f4"), "i32", (4,), None, "actual has elements of format 'f'"),
        (np.zeros(4, ">f4"), np.zeros(4, "f4"), "f32", (4,), None, "format"),
        (np.zeros(4, "f4"), np.zeros(4, "f4"), "f32", (4,), np.zeros(4, "f8"), "noise has elements"),
        (np.zeros(4, "f4"), np.zeros(4, "f4"), "f32", (2, 3), None, "actual has 16 bytes"),
        (np.zeros(4, "f4"), np.zeros(5, "f4"), "f32", (4,), None, "expected has 20 bytes"),
        (np.zeros(4, "f4"), np.zeros(4, "f4"), "f32", (4,), np.zeros(3, "f4"), "noise has 12 bytes"),
        (np.zeros(8, "f4")[::2], np.zeros(4, "f4"), "f32", (4,), None, "actual is not contiguous"),
        (np.zeros((2, 2), "f4").T, np.zeros((2, 2), "f4", order="F"), "f32", (2, 2), None, "not contiguous"),
        (np.zeros(4, "f4"), np.zeros(4, "f4"), "float32", (4,), None, "unknown dtype"),
    ],
)
def test_what_does_not_fit_is_refused(
    actual: Array, expected: Array, dtype: str, shape: tuple[int, ...], noise: Array | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        compare(actual, expected, dtype, shape, noise)


def test_arrays_must_be_alike() -> None:
    ones = np.ones((2, 3), np.float32)
    with pytest.raises(ValueError, match="float64"):
        compare_arrays(ones, np.ones((2, 3)))
    with pytest.raises(ValueError, match="shapes"):
        compare_arrays(ones, np.ones((3, 2), np.float32))
    with pytest.raises(ValueError, match="complex"):
        compare_arrays(ones.astype(complex), ones.astype(complex))
    with pytest.raises(TypeError):
        compare("text", ones, "f32", (2, 3))  # type: ignore[arg-type]


def test_metrics_cannot_be_changed() -> None:
    metrics = compare_arrays(np.ones(3), np.ones(3))
    with pytest.raises(AttributeError):
        metrics.rms = 1.0  # type: ignore[misc]
    assert repr(metrics).startswith("Metrics(count=3, differing=0")


def test_other_threads_run_during_a_comparison() -> None:
    tensor = np.zeros(1 << 25, np.uint8)

    def another_ran() -> bool:
        gate, ran = threading.Lock(), []

        def run() -> None:
            with gate:
                ran.append(True)

        thread = threading.Thread(target=run)
        with gate:
            thread.start()
        compare_arrays(tensor, tensor)
        answer = bool(ran)
        thread.join()
        return answer

    usual = sys.getswitchinterval()
    sys.setswitchinterval(60.0)
    try:
        assert any(another_ran() for _ in range(5))
    finally:
        sys.setswitchinterval(usual)

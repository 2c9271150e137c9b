"""Every family is found behind float32 noise, with its constant; noise and unrelated errors are not explained."""

from collections.abc import Callable
from math import e, log, log2, log10, pi, sqrt
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from workbench.causes.hypothesis import Hypothesis
from workbench.causes.pair import Pair
from workbench.causes.search import explain
from workbench.model.cause import Explanation, Remaining

Array = NDArray[Any]
Change = Callable[[Array], Array]
NOISE = 1e-7
LENGTHS = (12, 18, 24, 30)
shapes = st.permutations(LENGTHS).flatmap(
    lambda lengths: st.sampled_from([tuple(lengths[:2]), (2, *lengths[:2]), tuple(lengths[:3])])
)
seeds = st.integers(0, 1 << 30)


def noise_for(tensor: Array, random: np.random.Generator) -> Array:
    return (NOISE * np.sqrt(np.mean(tensor**2)) * random.normal(size=tensor.shape)).astype("f4")


def pair(exact: Array, port: Array, random: np.random.Generator, reference: Array | None = None) -> Pair:
    """The two as float32, the reference with noise if it is not given."""
    noise = noise_for(exact, random)
    floor = Remaining(float(np.sqrt(np.mean(noise.astype(float) ** 2))), float(np.abs(noise).max(initial=1e-9)))
    reference = (exact + noise if reference is None else reference).astype("f4")
    noise = (reference - exact).astype("f4")
    return Pair(port.astype("f4"), reference, noise, floor)


def found(change: Change, shape: tuple[int, ...], seed: int, *, positive: bool = False) -> Explanation:
    random = np.random.default_rng(seed)
    exact = random.normal(size=shape)
    exact = np.abs(exact) + 0.5 if positive else exact
    return explain(pair(exact, change(exact + noise_for(exact, random)), random))


GAINS = {
    "2": 2.0, "1/2": 0.5, "√2": sqrt(2), "1/√2": 1 / sqrt(2), "1000": 1000.0, "1/1000": 1e-3, "√128": sqrt(128),
    "1/8 (= 1/√64)": 1 / 8,
    "π": pi, "2π": 2 * pi, "−2": -2.0, "32768": 32768.0, "1/32768": 1 / 32768, "2/3": 2 / 3,
    "log2(e)": log2(e), "ln(10)": log(10), "log10(e)": log10(e), "1.2345": 1.2345, "20/ln(10)": 20 / log(10),
}  # fmt: skip


@pytest.mark.parametrize(("name", "gain"), GAINS.items())
@given(shape=shapes, seed=seeds)
@settings(max_examples=5, deadline=None)
def test_a_factor_is_found_by_name(name: str, gain: float, shape: tuple[int, ...], seed: int) -> None:
    cause = found(lambda x: gain * x, shape, seed).cause
    assert cause is not None
    assert cause.family == ("log base" if "log" in name or "ln" in name else "gain")
    assert cause.constant == name or (name == "1.2345" and cause.constant.startswith(name))
    assert cause.value == pytest.approx(gain, rel=1e-6)


@given(length=st.sampled_from([7, 11, 13, 27]), seed=seeds)
@settings(max_examples=8, deadline=None)
def test_a_mean_in_place_of_a_sum_is_found_by_the_axis(length: int, seed: int) -> None:
    cause = found(lambda x: x / length, (5, length, 9), seed).cause
    assert cause is not None
    assert cause.constant == f"1/{length}"


OFFSETS = {"1": 1.0, "−1": -1.0, "1/2": 0.5, "0.77": 0.77, "−3.3": -3.3}


@pytest.mark.parametrize(("name", "offset"), OFFSETS.items())
@given(shape=shapes, seed=seeds)
@settings(max_examples=5, deadline=None)
def test_an_offset_is_found(name: str, offset: float, shape: tuple[int, ...], seed: int) -> None:
    cause = found(lambda x: x + offset, shape, seed).cause
    assert cause is not None
    assert cause.family == "offset"
    assert cause.value == pytest.approx(offset, rel=1e-5)
    if name in ("1", "−1", "1/2"):
        assert cause.constant == name


@given(shape=shapes, seed=seeds, gain=st.floats(0.2, 5), offset=st.floats(0.2, 5))
@settings(max_examples=30, deadline=None)
def test_a_factor_with_an_offset_is_found(shape: tuple[int, ...], seed: int, gain: float, offset: float) -> None:
    cause = found(lambda x: gain * x + offset, shape, seed).cause
    assert cause is not None
    assert cause.family in ("affine", "offset")
    if cause.family == "affine":
        assert cause.value == pytest.approx(gain, rel=1e-5)


def roll_with(fill: str, n: int) -> Change:
    def change(x: Array) -> Array:
        moved = np.roll(x, n, axis=1)
        edge = slice(None, n) if n > 0 else slice(n, None)
        if fill == "zero":
            moved[:, edge] = 0
        elif fill == "edge":
            moved[:, edge] = x[:, :1] if n > 0 else x[:, -1:]
        return moved

    return change


def in_chunks(order: tuple[int, ...], axis: int) -> Change:
    return lambda x: np.concatenate([np.split(x, len(order), axis)[chunk] for chunk in order], axis)


def interleaved(x: Array) -> Array:
    return np.stack(np.split(x, 2, -1), -1).reshape(x.shape)


def in_halves(x: Array) -> Array:
    return np.concatenate([x[..., 0::2], x[..., 1::2]], -1)


def heads_left_in_front(x: Array) -> Array:
    return x.reshape(*x.shape[:-1], 3, -1).swapaxes(-3, -2).reshape(x.shape)


def last_frames_cleared(x: Array) -> Array:
    cleared = x.copy()
    cleared[:, 9:] = 0
    return cleared


FAMILIES: dict[str, tuple[Change, str, str]] = {
    "sign": (lambda x: -x, "sign", "opposite sign"),
    "zero": (lambda x: 0 * x, "constant", "zero throughout"),
    "square": (np.square, "squared", "is the square of"),
    "absolute": (np.abs, "abs", "is the absolute value"),
    "ReLU": (lambda x: np.maximum(x, 0), "clamp", "at least 0"),
    "clamp": (lambda x: np.clip(x, -1.25, 0.75), "clamp", "−1.25 … 0.75"),
    "upper clamp": (lambda x: np.minimum(x, 0.75), "clamp", "at most 0.75"),
    "exp": (np.exp, "exponential", "is exp of"),
    "tanh": (np.tanh, "activation", "is tanh of"),
    "SiLU": (lambda x: x / (1 + np.exp(-x)), "activation", "is SiLU of"),
    "masked": (last_frames_cleared, "mask", "masks too much"),
    "reshaped": (lambda x: np.ascontiguousarray(x.swapaxes(-1, -2)).reshape(x.shape), "reshape", "reshaped where"),
    "transposed": (
        lambda x: np.ascontiguousarray(x.reshape(*x.shape[:-2], x.shape[-1], -1).swapaxes(-1, -2)),
        "reshape",
        "transposed where",
    ),
    "heads left in front": (heads_left_in_front, "reshape", "the 3 parts of axis"),
    "interleaved": (interleaved, "interleaving", "interleaves what the reference has in halves"),
    "in halves": (in_halves, "interleaving", "has in halves what the reference interleaves"),
    "reversed": (lambda x: x[..., ::-1], "order", "reversed"),
    "2 chunks": (in_chunks((1, 0), -1), "order", "the 2 chunks"),
    "3 chunks": (in_chunks((0, 2, 1), -1), "order", "are swapped: 1 and 2"),
    "3 chunks around": (in_chunks((2, 0, 1), -1), "order", "the 3 chunks"),
    "6 chunks": (in_chunks((1, 0, 2, 3, 4, 5), -1), "order", "are swapped: 0 and 1"),
    "6 chunks of axis 1": (in_chunks((0, 1, 4, 3, 2, 5), 1), "order", "are swapped: 2 and 4"),
    "any order": (lambda x: x[..., np.random.default_rng(5).permutation(x.shape[-1])], "order", "slices along axis"),
    "one twice": (lambda x: np.concatenate([x[:1], x[:1], x[2:]]) if len(x) > 2 else x[[0, 0]], "repetition", "twice"),
    "late, zero": (roll_with("zero", 3), "shift", "3 late along axis 1; its first 3 are zero"),
    "late, edge": (roll_with("edge", 5), "shift", "5 late along axis 1; its first 5 repeat the edge"),
    "early, zero": (roll_with("zero", -1), "shift", "1 early along axis 1; its last one is zero"),
}


@pytest.mark.parametrize("name", FAMILIES)
@given(shape=shapes, seed=seeds)
@settings(max_examples=8, deadline=None)
def test_each_family_is_found(name: str, shape: tuple[int, ...], seed: int) -> None:
    change, family, words = FAMILIES[name]
    cause = found(change, shape, seed).cause
    assert cause is not None
    assert cause.family == family
    assert words in cause.words


POSITIVE: dict[str, tuple[Change, str, str]] = {
    "square root": (np.sqrt, "squared", "square"),
    "square": (np.square, "squared", "square"),
    "ln": (np.log, "exponential", "ln"),
    "log10": (np.log10, "exponential", "log10"),
    "log2": (np.log2, "exponential", "log2"),
    "exp2": (np.exp2, "exponential", "2^x"),
    "reciprocal": (np.reciprocal, "reciprocal", "reciprocal"),
}


@pytest.mark.parametrize("name", POSITIVE)
@given(shape=shapes, seed=seeds)
@settings(max_examples=8, deadline=None)
def test_functions_of_positive_numbers_are_found(name: str, shape: tuple[int, ...], seed: int) -> None:
    change, family, words = POSITIVE[name]
    cause = found(change, shape, seed, positive=True).cause
    assert cause is not None
    assert cause.family == family
    assert words in cause.words


MISSING: dict[str, tuple[Change, str, str]] = {
    "ReLU": (lambda x: np.maximum(x, 0), "clamp", "the reference clamps its output to at least 0"),
    "clamp": (lambda x: np.clip(x, -0.5, 0.5), "clamp", "the reference clamps"),
    "absolute": (np.abs, "abs", "lacks the absolute value"),
    "tanh": (np.tanh, "activation", "lacks tanh"),
    "mask": (last_frames_cleared, "mask", "does not mask"),
}


@pytest.mark.parametrize("name", MISSING)
@given(shape=shapes, seed=seeds)
@settings(max_examples=8, deadline=None)
def test_what_the_port_leaves_out_is_found(name: str, shape: tuple[int, ...], seed: int) -> None:
    change, family, words = MISSING[name]
    random = np.random.default_rng(seed)
    port = random.normal(size=shape)
    noisy = port + noise_for(port, random)
    cause = explain(pair(change(port), noisy, random, change(port + noise_for(port, random)))).cause
    assert cause is not None
    assert cause.family == family
    assert words in cause.words


@given(seed=seeds, length=st.integers(8, 20))
@settings(max_examples=8, deadline=None)
def test_two_equal_axes_that_changed_places_are_found(seed: int, length: int) -> None:
    cause = found(lambda x: np.ascontiguousarray(x.swapaxes(1, 2)), (2, length, length), seed).cause
    assert cause is not None
    assert (cause.family, cause.words) == ("transposition", "axes 1 and 2 of the port's output are transposed")


def test_one_wrong_element_is_no_clamp() -> None:
    def change(x: Array) -> Array:
        x = x.copy()
        x[x == x.max()] = np.sort(x.reshape(-1))[-2] * 1.01
        return x

    assert found(change, (20, 30), 4).cause is None


def test_swapped_batch_rows_are_named() -> None:
    cause = found(lambda x: x[::-1], (2, 20, 30), 1).cause
    assert cause is not None
    assert cause.words == "the batch rows of the port's output are swapped: 0 and 1"


def test_another_shape_is_explained_where_its_axes_or_its_elements_fit() -> None:
    turned = found(lambda x: np.ascontiguousarray(x.transpose(0, 2, 1)), (2, 20, 30), 1).cause
    assert turned is not None
    assert turned.words == "the port's output is transposed: its axes 0, 2, 1 are the reference's in order"
    flat = found(lambda x: x.reshape(40, 30), (2, 20, 30), 1).cause
    assert flat is not None
    assert flat.family == "reshape"
    assert found(lambda x: x[:, :19], (2, 20, 30), 1).cause is None


def test_a_longer_shift_is_found_by_correlation() -> None:
    cause = found(roll_with("other", 137), (1, 4000), 3).cause
    assert cause is not None
    assert cause.words == "the port is 137 late along axis 1; it wraps around"


@given(shape=shapes, seed=seeds, size=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_noise_alone_has_no_cause(shape: tuple[int, ...], seed: int, size: float) -> None:
    random = np.random.default_rng(seed)
    exact = random.normal(size=shape)
    assert explain(pair(exact, exact + size * noise_for(exact, random), random)) == Explanation()


@given(shape=shapes, seed=seeds, exponent=st.floats(-5, 1), positive=st.booleans())
@settings(max_examples=50, deadline=None)
def test_an_unrelated_error_is_not_explained(
    shape: tuple[int, ...], seed: int, exponent: float, positive: bool
) -> None:
    error = 10**exponent * np.random.default_rng(seed + 1).normal(size=shape)
    explanation = found(lambda x: x + error, shape, seed, positive=positive)
    assert explanation.cause is None
    assert explanation.tried > 30
    assert explanation.words == "not explained"


@given(shape=shapes, seed=seeds, gain=st.floats(1.001, 3), size=st.floats(1e-4, 1e-2))
@settings(max_examples=40, deadline=None)
def test_a_factor_that_leaves_something_over_is_no_cause(
    shape: tuple[int, ...], seed: int, gain: float, size: float
) -> None:
    error = size * np.random.default_rng(seed + 1).normal(size=shape)
    assert found(lambda x: gain * x + error, shape, seed).cause is None


def test_a_cause_carries_its_proof() -> None:
    random = np.random.default_rng(2)
    exact = random.normal(size=(4, 3000)).astype("f4").astype(float)
    noise = (1e-4 * random.normal(size=exact.shape)).astype("f4")
    case = Pair((2 * exact).astype("f4"), (exact + noise).astype("f4"), noise, Remaining(1e-4, 4e-4))
    cause = explain(case).cause
    assert cause is not None
    assert cause.words == "the port's output is twice the reference's"
    assert cause.before.rms == pytest.approx(1e4, rel=0.05)
    assert cause.before.max == pytest.approx(np.abs(exact).max() / 4e-4)
    # The port is exact but for the factor, so that nothing of the reference's noise may remain.
    assert cause.after.rms < 0.01
    assert cause.after.max < 0.01
    assert case.glance(Hypothesis("", "", port=lambda x: x / 2)).max < 0.01
    assert cause.tried > 50
    assert cause.runner_up is not None
    assert 1e3 < cause.runner_up < 1e4


def test_what_holds_only_in_a_sample_is_no_cause() -> None:
    def change(x: Array) -> Array:
        x = 2 * x
        x[3, ::9000] += 0.01
        return x

    assert found(change, (4, 50_000), 2).cause is None


def test_a_cause_in_a_slice_needs_the_rest_at_the_floor() -> None:
    random = np.random.default_rng(4)
    exact = random.normal(size=(2, 20, 64))
    case = pair(exact, part(np.s_[..., 8:16], lambda x: 2 * x)(exact), random)
    assert explain(case).cause is not None
    case = pair(exact, part(np.s_[..., 8:16], lambda x: 2 * x)(exact) + 6 * case.floor.rms, random)
    assert case.outside(2, 8, 16).max < 8
    assert explain(case).cause is None


def test_equal_slices_stay_where_they_are() -> None:
    random = np.random.default_rng(1)
    a, b, c, d = random.normal(size=(4, 50))
    cause = explain(pair(np.stack([a, b, a, c, d]), np.stack([a, c, a, b, d]), random)).cause
    assert cause is not None
    assert cause.words == "the batch rows of the port's output are swapped: 1 and 3"


def part(cut: Any, change: Change) -> Change:
    def changed(x: Array) -> Array:
        x = x.copy()
        x[cut] = change(x[cut])
        return x

    return changed


def test_a_cause_in_one_slice_says_which() -> None:
    head = found(part(np.s_[..., 8:16], lambda x: 2 * x), (2, 20, 64), 3)
    assert head.words == (
        "the port's output is twice the reference's; only in chunk 1 of 8 along axis 2 (indices 8 to 15)"
    )
    row = found(part(np.s_[1], lambda x: -x), (2, 20, 64), 3)
    assert row.words == "the port's output has the opposite sign; only in batch row 1"


def test_where_an_error_sits_is_a_finding_and_no_cause() -> None:
    random = np.random.default_rng(5)
    edge = found(part(np.s_[:, :2], lambda x: x + random.normal(size=x.shape)), (3, 40, 30), 3)
    assert edge.cause is None
    assert edge.words == "not explained; all of the error is in the first 2 of 40 along axis 1 (padding?)"
    frame = found(part(np.s_[:, 17], lambda x: x + random.normal(size=x.shape)), (3, 40, 30), 3)
    assert frame.words == "not explained; all of the error is at index 17 of axis 1"
    both = found(part(np.s_[:, [0, -1]], lambda x: x + random.normal(size=x.shape)), (3, 40, 30), 3)
    assert "in the first 1 and the last 1 of 40 along axis 1" in both.words


def test_an_error_where_a_mask_begins_is_a_finding() -> None:
    random = np.random.default_rng(6)
    exact = random.normal(size=(3, 40, 30))
    exact[:, 25:] = 0
    port = part(np.s_[:, 24], lambda x: x + random.normal(size=x.shape))(exact)
    case = pair(exact, port, random)
    case.reference[:, 25:], case.noise[:, 25:], case.port[:, 25:] = 0, 0, 0
    assert "where a mask begins or ends along axis 1: at 25" in explain(case).words


def rounded(x: Array, bits: int) -> Array:
    mantissa, exponent = np.frexp(x)
    return np.ldexp(np.round(np.ldexp(mantissa, bits)), exponent - bits)


@pytest.mark.parametrize(("bits", "name"), [(8, "bf16"), (11, "f16 or tf32")])
@given(shape=shapes, seed=seeds)
@settings(max_examples=8, deadline=None)
def test_rounding_to_a_lower_precision_is_a_finding(bits: int, name: str, shape: tuple[int, ...], seed: int) -> None:
    explanation = found(lambda x: rounded(x, bits), shape, seed)
    assert explanation.cause is None
    assert explanation.words == f"not explained; the error is that of rounding to {name}"


def test_what_is_not_finite_is_placed_but_not_explained() -> None:
    explanation = found(part(np.s_[:, 17, 3], lambda x: x * np.nan), (3, 40, 30), 3)
    assert explanation.tried == 0
    assert "at index 17 of axis 1; all of the error is at index 3 of axis 2" in explanation.words
    random = np.random.default_rng(1)
    exact = random.normal(size=(3, 40))
    case = pair(exact, exact, random)
    case.port[0, 0] = case.reference[0, 0] = -np.inf
    assert explain(case) == Explanation()


@pytest.mark.filterwarnings("ignore:.*empty slice|invalid value:RuntimeWarning")
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2,), (3, 1), (2, 0, 4), (1, 1, 1), (2, 2)])
def test_tensors_too_small_to_tell_anything_are_not_explained(shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(1)
    assert found(lambda x: x + 1e-3 * random.normal(size=shape), shape, 2).cause is None


def test_what_is_said_can_be_written_to_the_event_log() -> None:
    halves = found(lambda exact: np.roll(exact, exact.shape[1] // 2, axis=1), (2, 24), 1)
    assert halves.causes and halves.causes[0].runner_up is not None
    assert msgspec.json.decode(msgspec.json.encode(halves), type=Explanation) == halves

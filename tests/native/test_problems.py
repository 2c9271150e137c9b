"""Tensors that cannot be compared as they are, or only after widening."""

import pytest


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        ("shape", "shape 2×4×130, the reference has 2×5×130"),
        ("rank", "shape 1300, the reference has 2×5×130"),
        ("class", "dtype i64, the reference has f32"),
    ],
)
async def test_what_does_not_fit_is_a_sentence_and_never_compared_or_replaced(check, mode, problem):
    checked = await check(mode)
    for run in ("injected", "free"):
        tap = checked.taps(run)["net.total"]
        assert tap.problem == problem
        assert tap.measured is None
    assert checked.exited.status == 0 and checked.done("free")


async def test_bytes_that_do_not_fill_the_shape(check):
    tap = (await check("short")).taps()["net.act"]
    assert tap.problem == "40 bytes, but f32 of shape 2×5×130 has 5200" and tap.measured is None


async def test_nan_and_inf_are_counted_where_the_reference_has_none(check):
    taps = (await check("nan")).taps()
    measured = taps["net.total"].measured
    assert (measured.nan, measured.inf, measured.nonfinite) == (1, 1, 2)
    assert measured.rms == pytest.approx(2.0**-20)
    assert taps["y"].measured.nonfinite == 2


async def test_an_empty_tensor_compares_equal(check):
    measured = (await check()).taps()["net.empty"].measured
    assert (measured.count, measured.rms, measured.worst_index, measured.histogram) == (0, 0.0, (), ())
    assert measured.neighbours == ()


@pytest.mark.parametrize(("mode", "dtype", "unit"), [("half", "f16", 2.0**-11), ("bfloat16", "bf16", 2.0**-7)])
async def test_a_port_of_lower_precision_is_compared_and_injected_in_its_own_dtype(check, mode, dtype, unit):
    checked = await check(mode)
    tap = checked.taps()["net.total"]
    assert not tap.problem and tap.dtype == dtype
    assert 0 < tap.measured.relative < unit
    fed = checked.taps("injected")["y"].measured
    assert not checked.taps("injected")["y"].problem
    assert 0 < fed.relative < unit


async def test_a_port_of_higher_precision_is_compared_without_rounding(check):
    tap = (await check("double")).taps()["net.total"]
    assert tap.dtype == "f64" and tap.measured.rms == pytest.approx(2.0**-20, rel=1e-12)


async def test_integers_compare_exactly(check):
    assert (await check()).taps()["net.count"].measured.differing == 0
    measured = (await check("token")).taps()["net.count"].measured
    assert (measured.differing, measured.worst_index, measured.worst_actual) == (1, (2,), 4.0)
    assert measured.neighbours == ((0, 1.0, 1.0), (1, 2.0, 2.0), (2, 4.0, 3.0))

"""A port that is right, and one that is wrong in its first layer, as the worker reports them."""

import asyncio
import json
import math
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from workbench.native.protocol import (
    KEPT,
    Finished,
    Job,
    JobGoesOn,
    JobStarted,
    LaneExited,
    Loaded,
    Margin,
    Missing,
    Request,
    RunDone,
    RunStarted,
    TapCompared,
)


async def test_a_right_port_has_the_noise_as_its_only_error(check, capture):
    checked = await check()
    taps = checked.taps()
    assert checked.exited.status == 0 and not checked.exited.signal
    assert isinstance(checked.messages[-2], Finished)
    expected = load_file(capture / "reference.safetensors")
    for name in ("net.first", "net.total", "net.step#1", "y"):
        measured = taps[name].measured
        assert not taps[name].problem
        assert measured.rms == pytest.approx(2.0**-20, rel=1e-12)
        assert measured.bias == pytest.approx(2.0**-20, rel=1e-12)
        assert measured.relative == pytest.approx(
            2.0**-20 / math.sqrt(np.mean(np.square(expected[name] - 2.0**-20, dtype=float))), rel=1e-9
        )
        assert measured.differing == 0 and measured.count == expected[name].size


async def test_the_injected_run_uses_its_own_noise(check):
    taps = (await check()).taps("injected")
    assert taps["net.total"].measured.rms == 0.0
    assert taps["net.total"].measured.snr_db == 1e99


async def test_a_wrong_layer_is_local_where_it_is_and_accumulates_after_it(check):
    checked = await check("off")
    local, free = checked.taps("injected"), checked.taps("free")
    assert local["net.first"].measured.rms > 1e-5
    assert free["net.first"].measured.rms > 1e-5
    assert local["net.total"].measured.rms == 0.0
    assert free["net.total"].measured.rms > 1e-5
    assert local["y"].measured.rms == 0.0
    assert free["y"].measured.rms > 1e-5


async def test_a_free_run_goes_on_with_the_references_tensor_at_one_tap_only(check):
    alone = (await check("off", runs=("free",))).taps()
    exact = (await check("off", runs=("free",), only=("net.first",))).taps()
    assert exact["net.first"].measured == alone["net.first"].measured
    assert alone["y"].measured.rms > 1e-5
    assert exact["y"].measured.rms == pytest.approx(2.0**-20, rel=1e-12)
    later = (await check("off", runs=("free",), only=("net.step",))).taps()
    assert later["y"].measured.rms > 1e-5


async def test_a_free_run_goes_on_with_a_tensor_that_is_put_in(check, capture, tmp_path):
    kept, mended = tmp_path / "kept.safetensors", tmp_path / "mended.safetensors"
    await check("off", jobs_of=(Job(str(capture), runs=("free",), keep="net.first", kept_in=str(kept)),))
    save_file({KEPT: load_file(kept)[KEPT] + np.float32(1)}, mended)
    job = Job(str(capture), runs=("free",), put={"net.first": str(mended)})
    alone, put = (await check("off", runs=("free",))).taps(), (await check("off", jobs_of=(job,))).taps()
    # y is half of the first and its input together.
    assert put["y"].measured.bias == pytest.approx(alone["y"].measured.bias + 0.5, abs=1e-5)
    save_file({"other": load_file(kept)[KEPT]}, mended)
    assert f"{mended} lacks the tensor" in (await check("off", jobs_of=(job,))).failed.error


async def test_names_lose_the_prefix_are_mapped_and_numbered(check):
    checked = await check()
    names = checked.done("free").names
    assert names[:5] == ("net.first", "net.total", "net.step", "net.step#1", "net.empty")
    assert "net.renamed" in names and "net.second_name" not in names and "y" not in names
    assert checked.taps()["net.extra"].order == -1
    assert checked.taps()["net.extra"].measured is None and not checked.taps()["net.extra"].problem
    assert checked.taps()["net.step#1"].order == 3


async def test_a_tap_says_where_it_comes_from(check):
    taps = (await check()).taps()
    first, total, step = taps["net.first"], taps["net.total"], taps["net.step"]
    assert (first.kind, first.file, first.line, first.first_line) == ("Linear", "src/tiny.rs", 10, 0)
    assert (total.kind, total.line, total.first_line) == ("tap", 12, 10)
    assert (step.line, step.first_line) == (5, 0)
    assert (taps["y"].kind, taps["y"].file) == ("output", "")


async def test_a_layer_without_a_name_is_counted_only(check):
    checked = await check()
    assert checked.done("free").unnamed == 1
    assert "" not in checked.taps()


async def test_what_never_came_is_missing_if_the_port_had_to_have_it(check):
    checked = await check("no output", map={})
    assert checked.one(Missing, "free").names == ("net.renamed", "y", "transposed")
    assert (await check()).one(Missing, "free").names == ()


async def test_the_keys_that_were_read_and_the_interfaces_are_reported(check, compile_c, tiny):
    loaded = (await check()).loaded
    assert loaded.keys == ("net.first.weight", "net.second.weight")
    assert loaded.layers and loaded.taps and loaded.seconds > 0
    plain = compile_c((tiny.parent / "source.c").read_text(), "libplain.so", "-pthread", "-DPLAIN")
    loaded = (await check(artifact=str(plain))).loaded
    assert loaded.keys == () and loaded.taps and not loaded.layers


async def test_only_the_runs_that_are_asked_for(check):
    checked = await check(runs=("free",))
    assert [m.run for m in checked.messages if isinstance(m, RunStarted)] == ["free"]
    assert checked.one(RunStarted).total == 11
    assert not checked.taps("injected")


async def test_the_stage_is_loaded_once_and_run_on_one_capture_after_the_other(check):
    checked = await check(jobs=3)
    marks = [m for m in checked.messages if isinstance(m, Loaded | JobStarted | RunDone)]
    assert [type(m) for m in marks] == [Loaded, *[JobStarted, RunDone, RunDone] * 3]
    assert [m.index for m in marks if isinstance(m, JobStarted)] == [0, 1, 2]


async def test_a_job_that_fails_ends_the_child_and_the_rest_never_starts(check):
    checked = await check("exception", jobs=3)
    assert checked.one(JobStarted).index == 0 and checked.failed.kind == "exception"


def by_job(messages):
    """Which job every tap was of."""
    job, found = None, []
    for message in messages:
        if isinstance(message, JobStarted | JobGoesOn):
            job = message.index
        if isinstance(message, TapCompared):
            found.append((job, message.run, message.name))
    return found


async def test_lanes_run_every_job_once_and_share_one_load(check):
    checked = await check(jobs=4, lanes=2)
    assert checked.loaded and checked.exited.status == 0
    found = by_job(checked.messages)
    assert len(found) == len(set(found))
    assert {job for job, _, _ in found} == {0, 1, 2, 3}
    ends = [m.exited.status for m in checked.messages if isinstance(m, LaneExited)]
    assert ends == [0, 0]


async def test_a_busy_engine_hears_of_every_job_what_is_its_own(worker, tiny, capture):
    asked = tuple(Job(str(capture), "", ("free",), lane) for lane in (0, 1, 0, 1, 0, 1))
    port = str(Path(__file__).parent / "data" / "port.py")
    request = Request(artifact=str(tiny), port=port, stage="tiny.net", jobs=asked, config="{}")
    messages = []
    async for message in worker.run(request):
        if isinstance(message, Loaded):
            await asyncio.sleep(0.5)
        messages.append(message)
    found = by_job(messages)
    assert len(found) == len(set(found)) and len({len([1 for job, *_ in found if job == n]) for n in range(6)}) == 1


async def test_a_crash_ends_its_own_lane(check, tmp_path):
    checked = await check(f"crash once at {tmp_path / 'mark'}", jobs=2, lanes=2)
    exited = [m.exited for m in checked.messages if isinstance(m, LaneExited)]
    assert sorted(each.signal for each in exited) == ["", "SIGSEGV"] and checked.exited.status == 0
    crashed = next(each for each in exited if each.signal)
    assert "Segmentation fault" in crashed.stderr
    assert len([m for m in checked.messages if isinstance(m, RunDone)]) == 2


async def test_lanes_of_a_port_with_threads_take_turns_in_one_process(check):
    checked = await check("threads", jobs=4, lanes=2)
    order = [job for job, _, _ in by_job(checked.messages)]
    assert list(dict.fromkeys(order)) == [0, 2, 1, 3]


async def test_a_part_is_fed_with_the_references_taps_by_the_ports_names(check, capture):
    checked = await check(part="second", runs=("injected",))
    assert checked.loaded.parts == ("first", "second")
    assert list(checked.taps("injected")) == ["net.renamed"]
    assert checked.taps("injected")["net.renamed"].measured.differing == 0
    assert not [m for m in checked.messages if isinstance(m, Missing)]


async def test_a_part_that_is_not_there_is_named(check):
    assert "has no part 'third'" in (await check(part="third")).failed.error
    assert (await check(part="third")).failed.kind == "stage"


async def test_the_worst_element_and_its_neighbours(check, capture):
    checked = await check("off")
    measured = checked.taps()["net.first"].measured
    expected = load_file(capture / "reference.safetensors")["net.first"].astype(float) - 2.0**-20
    x = load_file(capture / "inputs.safetensors")["x"]
    actual = (x * np.float32(2.0001)).astype(float)
    worst = np.unravel_index(np.argmax(abs(actual - expected)), actual.shape)
    assert measured.worst_index == worst
    assert measured.worst_actual == actual[worst] and measured.worst_expected == expected[worst]
    last = worst[-1]
    rows = [(i, actual[worst[:2]][i], expected[worst[:2]][i]) for i in range(last - 2, last + 3) if 0 <= i < 130]
    assert measured.neighbours == tuple(rows)
    assert measured.atol == measured.max_abs == abs(actual - expected).max()


async def test_the_profile_has_at_most_64_bins_and_the_energy_of_the_error(check, capture):
    measured = (await check("off")).taps()["net.first"].measured
    assert [len(axis) for axis in measured.profile] == [2, 5, 64]
    x = load_file(capture / "inputs.safetensors")["x"]
    expected = load_file(capture / "reference.safetensors")["net.first"].astype(float) - 2.0**-20
    error = (x * np.float32(2.0001)).astype(float) - expected
    bins = np.arange(130) * 64 // 130
    by_bin = [math.sqrt(np.mean(np.square(error[..., bins == bin]))) for bin in range(64)]
    assert measured.profile[2] == pytest.approx(by_bin, rel=1e-9)
    assert sum(measured.histogram) + measured.zeros == measured.count
    assert measured.histogram[0] and measured.histogram[-1]
    exponents = np.floor(np.log2(abs(error[error != 0]))).astype(int)
    assert measured.histogram_start == exponents.min()


async def test_a_python_stage_module_is_driven_by_its_sink_argument(check, capture):
    port = Path(__file__).parent / "data" / "sink_port.py"
    checked = await check(artifact="", port=str(port), prefix="")
    assert checked.taps("injected")["net.total"].measured.rms == 0.0
    assert checked.taps("free")["net.total"].measured.rms > 1e-5
    first = checked.taps()["net.total"]
    assert (first.file, first.line, first.first_line, first.kind) == ("port.py", 9, 7, "tap")
    assert checked.loaded.keys == () and not checked.loaded.taps


async def test_a_tap_of_another_thread_is_compared(check):
    checked = await check(prefix="decoder.")
    assert checked.taps()["threaded"].measured.differing == 0


async def test_a_differing_integer_comes_with_the_margin_of_the_reference(check, capture):
    reference = load_file(capture / "reference.safetensors")
    logits = np.array([[[3, 1, 0], [0, 3, 1], [0.5, 0.25, 0]]], np.float32)
    save_file({**reference, "logits": logits, "tokens": logits.argmax(-1)}, capture / "reference.safetensors")
    noise = load_file(capture / "noise.safetensors")
    save_file({**noise, "logits": np.zeros_like(logits)}, capture / "noise.safetensors")
    manifest = json.loads((capture / "manifest.json").read_text())
    manifest["taps"] += [{"name": "logits", "kind": "tap"}, {"name": "tokens", "kind": "output"}]
    (capture / "manifest.json").write_text(json.dumps(manifest))
    checked = await check("tokens", runs=("free",), margins={"tokens": "logits"})
    assert checked.taps()["tokens"].measured.differing == 1
    assert checked.one(Margin).margin == 0.25
    assert not [each for each in (await check("tokens", runs=("free",))).messages if isinstance(each, Margin)]


TURNED = {"layouts": {"net.total": "b d t -> b t d"}}


async def test_a_declared_layout_is_compared_and_injected_across(check, capture):
    checked = await check("turned", **TURNED)
    straight = await check()
    for run in ("injected", "free"):
        turned, total = checked.taps(run)["net.total"], straight.taps(run)["net.total"]
        assert not turned.problem and turned.shape == (2, 130, 5)
        assert turned.measured.rms == pytest.approx(total.measured.rms, rel=1e-9)
        assert checked.taps(run)["y"].measured.rms == pytest.approx(straight.taps(run)["y"].measured.rms, rel=1e-9)
    assert (await check("turned")).taps()["net.total"].problem == "shape 2×130×5, the reference has 2×5×130"


async def test_a_kept_tensor_is_kept_in_the_layout_of_the_reference(check, capture, tmp_path):
    job = Job(str(capture), "", ("free",), keep="net.total", kept_in=str(tmp_path / "kept.safetensors"))
    await check("turned", runs=("free",), **TURNED, jobs_of=(job,))
    kept = load_file(tmp_path / "kept.safetensors")["port"]
    assert np.array_equal(kept, load_file(capture / "reference.safetensors")["net.total"])

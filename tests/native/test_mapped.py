"""Safetensors files: read like the library reads them, and hostile ones refused by name."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from workbench.native.failure import Failure
from workbench.native.mapped import MappedTensors

ONE = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}


def raw(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(**changes: object) -> dict[str, object]:
    return {"a": {**ONE["a"], **changes}}


def test_tensors_are_views_of_what_the_library_reads(tmp_path):
    path = tmp_path / "a.safetensors"
    tensors = {
        "f": np.arange(6, dtype=np.float32).reshape(2, 3), "h": np.ones(3, np.float16), "b": np.array([True, False]),
        "i": np.array([[7]]), "none": np.zeros((0, 4), np.float32), "scalar": np.array(2.5),
    }  # fmt: skip
    save_file(tensors, path, metadata={"format": "np"})
    read = dict(MappedTensors(path).items())
    assert read.keys() == tensors.keys()
    for name, expected in load_file(path).items():
        array = read[name].array
        assert array.dtype == expected.dtype and array.shape == expected.shape and (array == expected).all()
        assert not array.flags.writeable and array.flags.aligned
    assert MappedTensors(path).get("other") is None


def test_bfloat16_comes_as_bits_and_odd_offsets_are_aligned(tmp_path):
    path = tmp_path / "a.safetensors"
    header = {
        "odd": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
        "b": {"dtype": "BF16", "shape": [2], "data_offsets": [1, 5]},
        "f": {"dtype": "F32", "shape": [1], "data_offsets": [5, 9]},
    }
    path.write_bytes(raw(header, b"\x07" + struct.pack("<HH", 0x3F80, 0x4000) + struct.pack("<f", 1.5)))
    file = MappedTensors(path)
    assert file.get("b").dtype == "bf16" and file.get("b").array.tolist() == [0x3F80, 0x4000]
    assert file.get("f").array.tolist() == [1.5] and file.get("f").array.flags.aligned


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 7,
        raw(b""),
        raw(b"{}", length=2**63),
        raw(b"{}", length=3),
        raw(b"[" * 100_000),
        raw([]),
        raw(ONE, b"\0" * 7),
        raw(ONE, b"\0" * 9),
        raw(entry(data_offsets=[8, 0]), b"\0" * 8),
        raw(entry(data_offsets=[-8, 0]), b"\0" * 8),
        raw(entry(data_offsets=[0, 2**70]), b"\0" * 8),
        raw(entry(data_offsets=[4, 12]), b"\0" * 12),
        raw(entry(shape=[-2]), b"\0" * 8),
        raw(entry(shape=[2**40, 2**40]), b"\0" * 8),
        raw(entry(shape=[2.0]), b"\0" * 8),
        raw(entry(shape="ab"), b"\0" * 8),
        raw(entry(dtype="F128"), b"\0" * 8),
        raw(entry(dtype=None), b"\0" * 8),
        raw(entry(extra=1), b"\0" * 8),
        raw({"a": {"dtype": "F32"}}, b"\0" * 8),
        raw({**ONE, "b": ONE["a"]}, b"\0" * 8),
        raw(b'{"a": \xff}', b""),
    ],
)
def test_a_hostile_file_is_refused_by_name(tmp_path, content):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(Failure, match=r"bad\.safetensors is damaged: .*; capture again") as caught:
        MappedTensors(path)
    assert caught.value.kind == "capture"


@given(st.binary(max_size=200), st.integers(0, 80))
def test_any_bytes_are_read_or_refused(tmp_path_factory, junk, at):
    path = tmp_path_factory.getbasetemp() / "fuzz.safetensors"
    whole = raw(ONE, b"\0" * 8)
    path.write_bytes(whole[:at] + junk + whole[at + len(junk) :])
    try:
        for _, tensor in MappedTensors(path).items():
            tensor.array.sum()
    except Failure:
        pass


@pytest.mark.parametrize("name", ["manifest.json", "reference.safetensors", "noise.safetensors", "inputs.safetensors"])
@pytest.mark.parametrize("content", [None, b"{", b""])
async def test_a_damaged_capture_is_named(check, capture: Path, name, content):
    (capture / name).unlink() if content is None else (capture / name).write_bytes(content)
    failed = (await check(runs=("free",))).failed
    assert failed.kind == "capture" and name in failed.error and "capture again" in failed.error


async def test_a_capture_that_contradicts_itself(check, capture: Path):
    save_file({"net.first": np.zeros((3,), np.float32)}, capture / "noise.safetensors")
    failed = (await check(runs=("free",))).failed
    assert "'net.first' does not fit the reference's tensor" in failed.error
    save_file({"other": np.zeros(3, np.float32)}, capture / "reference.safetensors")
    assert "lacks 'net.first'" in (await check(runs=("free",))).failed.error

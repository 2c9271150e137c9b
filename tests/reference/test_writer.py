"""The streaming safetensors writer, read back by the safetensors library."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file

from workbench.reference.failure import DiskFailure
from workbench.reference.writer import HEADER, Writer, write_text

DTYPES = {
    "?": "BOOL",
    "u1": "U8",
    "i1": "I8",
    "i2": "I16",
    "f2": "F16",
    "i4": "I32",
    "f4": "F32",
    "i8": "I64",
    "f8": "F64",
}
ARRAYS = st.sampled_from(sorted(DTYPES)).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
)
FILES = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=30), ARRAYS, max_size=12)


def add(file: Writer, name: str, array: np.ndarray) -> None:
    dtype = DTYPES[array.dtype.str.lstrip("<|").replace("b1", "?")]
    file.add(name, dtype, array.shape, np.ascontiguousarray(array).tobytes())


def entries(path: Path) -> tuple[dict[str, dict], int]:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        return json.loads(file.read(length)), 8 + length


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrays=FILES, known=st.booleans())
def test_what_is_written_reads_back_equal_and_aligned(tmp_path, arrays, known):
    path = tmp_path / "file.safetensors"
    arrays.pop("__metadata__", None)
    with Writer(path, arrays if known else None) as file:
        for name, array in arrays.items():
            add(file, name, array)
    found = load_file(path)
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name].view("u1"), array.view("u1")) if array.ndim else None
        np.testing.assert_array_equal(found[name], array)
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
    header, data = entries(path)
    for name, entry in header.items():
        assert (data + entry["data_offsets"][0]) % arrays[name].dtype.itemsize == 0
    assert [other.name for other in tmp_path.iterdir()] == [path.name]


def test_more_tensors_than_the_header_has_room_for(tmp_path):
    path = tmp_path / "file.safetensors"
    arrays = {f"{'long name ' * 10}{i}": np.full(i % 5, i, "f4") for i in range(3000)}
    with Writer(path) as file:
        for name, array in arrays.items():
            add(file, name, array)
    assert entries(path)[1] > HEADER
    found = load_file(path)
    assert all(np.array_equal(found[name], array) for name, array in arrays.items())
    assert [other.name for other in tmp_path.iterdir()] == [path.name]


def test_known_names_make_a_small_file(tmp_path):
    with Writer(tmp_path / "file", ["a"]) as file:
        add(file, "a", np.zeros(2))
    assert (tmp_path / "file").stat().st_size < 300


def test_memory_does_not_grow_with_the_file(tmp_path):
    block = bytes(1 << 20)
    tracemalloc.start()
    with Writer(tmp_path / "file") as file:
        for i in range(64):
            file.add(str(i), "U8", [len(block)], block)
            file.add(f"odd {i}", "U8", [len(block) - 1], memoryview(block)[1:])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "file").stat().st_size > 128 << 20
    assert peak < 8 << 20


def test_nothing_is_there_until_the_end_nor_after_an_error(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(KeyError), Writer(path) as file:
        add(file, "a", np.zeros(2))
        add(file, "b", np.zeros(1, "f4"))
        assert path.read_text() == "old"
        raise KeyError
    assert [(other.name, other.read_text()) for other in tmp_path.iterdir()] == [("file", "old")]


def test_a_name_twice_and_bytes_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ValueError, match="'a' is written twice"), Writer(tmp_path / "file") as file:
        add(file, "a", np.zeros(2))
        add(file, "a", np.zeros(2))
    with pytest.raises(ValueError, match=r"7 bytes do not fill F32 \[2\]"), Writer(tmp_path / "file") as file:
        file.add("a", "F32", [2], bytes(7))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(DiskFailure, match="No such file or directory; make room there"):
        write_text(tmp_path / "none" / "file", "text")
    with pytest.raises(DiskFailure, match="No such file or directory"), Writer(tmp_path / "none" / "file"):
        pass

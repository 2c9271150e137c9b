"""What a check keeps in memory of its capture."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from workbench.native.captures import Expected
from workbench.native.mapped import MappedTensors, in_file
from workbench.native.outbox import Outbox
from workbench.native.sink import Sink

SIZE = 8 << 20


def resident(path: Path) -> int:
    """Bytes of the mapped file that are in this process's memory."""
    maps = Path("/proc/self/smaps").read_text()
    return sum(int(found) << 10 for found in re.findall(rf"{re.escape(str(path))}\n(?:.*\n)*?Rss: +(\d+) kB", maps))


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        listening.listen()
        yield Outbox(str(tmp_path / "socket"))


def test_the_reference_s_tensors_are_let_go_once_compared(tmp_path: Path, outbox: Outbox) -> None:
    path = tmp_path / "reference.safetensors"
    values = np.arange(SIZE // 4, dtype=np.float32)
    save_file({"x": values}, path)
    tensor = MappedTensors(path).get("x")
    assert tensor and in_file(tensor.bytes) and not in_file(tensor.bytes.copy())
    assert tensor.array.sum() and resident(path) >= SIZE
    with Sink("free", {"x": Expected(0, tensor, None, False)}, "", {}, outbox) as sink:
        sink("x", values)
    assert sink.failure is None and sink.names == ("x",)
    assert resident(path) < SIZE // 8
    assert np.array_equal(tensor.array, values)

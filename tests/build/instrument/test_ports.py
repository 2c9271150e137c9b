"""Compiles plain ports against every kept candle version and looks at what their layers tell."""

import ctypes
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.build.instrument import Instrumented

pytestmark = pytest.mark.slow
CAPACITY = 1 << 16
DTYPES = {"f16": np.float16, "f32": np.float32, "f64": np.float64}
INNER = {"seq.0", "seq.1.0", "both.l0"}
"""Layers whose output another layer takes, so that it is not among the port's outputs."""
TEXTS = ("name", "kind", "file", "dtype")
FIELDS = [(text + end, kind) for text in TEXTS for end, kind in (("", ctypes.c_void_p), ("_len", ctypes.c_size_t))]


class Tap(ctypes.Structure):
    """The record of the C interface, written down a second time on purpose."""

    _fields_ = [
        *FIELDS,
        ("line", ctypes.c_uint64),
        ("shape", ctypes.POINTER(ctypes.c_size_t)),
        ("rank", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("bytes", ctypes.c_size_t),
    ]


SINK = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(Tap))


@dataclass(frozen=True)
class Row:
    name: str
    kind: str
    file: str
    line: int
    values: np.ndarray[Any, Any]


class Port:
    """One loaded shared object."""

    def __init__(self, library: Path, suffix: str = "") -> None:
        self._library = ctypes.CDLL(str(library))
        self._suffix = suffix

    def run(self) -> bytes:
        return self._bytes("run")

    def keys(self) -> list[str]:
        return self._bytes(f"workbench_keys_read_v1{self._suffix}").decode().split("\n")

    def tapped(self, answer: Callable[[Row], np.ndarray[Any, Any] | None]) -> bytes:
        """The outputs of a run that gives every row to `answer`, and takes what it gives back."""
        kept: list[Any] = []

        def sink(_: int, tap: Any) -> int | None:
            new = answer(_row(tap.contents))
            kept.append(new)
            return None if new is None else int(new.ctypes.data)

        callback = SINK(sink)
        install = getattr(self._library, f"workbench_layers_install_v1{self._suffix}")
        install(callback, None)
        try:
            return self.run()
        finally:
            install(SINK(), None)

    def rows(self) -> list[Row]:
        rows: list[Row] = []
        self.tapped(rows.append)
        return rows

    def _bytes(self, name: str) -> bytes:
        function = getattr(self._library, name)
        function.restype, function.argtypes = ctypes.c_size_t, (ctypes.c_void_p, ctypes.c_size_t)
        buffer = ctypes.create_string_buffer(CAPACITY)
        length = function(buffer, CAPACITY)
        return buffer.raw[:length]


def _row(tap: Tap) -> Row:
    name, kind, file, dtype = (
        ctypes.string_at(getattr(tap, text), getattr(tap, f"{text}_len")).decode() for text in TEXTS
    )
    values = np.frombuffer(ctypes.string_at(tap.data, tap.bytes), DTYPES[dtype])
    return Row(name, kind, file, tap.line, values.reshape(tap.shape[: tap.rank]))


class Built:
    """All ports, compiled with and without taps."""

    def __init__(self, ports: Any, folder: Path) -> None:
        self.ports = ports
        self.before = ports.files()
        instrumented = ports.instrument()
        assert isinstance(instrumented, Instrumented)
        self.suffixes = dict(zip(instrumented.versions, instrumented.suffixes, strict=True))
        self.tapped = self._cargo(folder / "tapped", *instrumented.cargo_args)
        self.plain = self._cargo(folder / "plain", "--locked")

    def port(self, version: str) -> Port:
        return Port(self.tapped / _library(version), self.suffixes[version])

    def _cargo(self, target: Path, *args: str) -> Path:
        command = ["cargo", "build", "--workspace", "--quiet", f"--target-dir={target}", *args]
        subprocess.run(command, cwd=self.ports.root, env={**os.environ, "CARGO_INCREMENTAL": "0"}, check=True)
        return target / "debug"


def _library(version: str) -> str:
    return f"libport_{version.replace('.', '_')}.so"


@pytest.fixture(scope="module")
def built(ports: Any, kept_folder: Path) -> Built:
    return Built(ports, kept_folder)


VERSIONS = pytest.mark.parametrize("version", ["0.8.4", "0.9.1", "0.10.0", "0.11.1"])


@VERSIONS
def test_names_and_lines_are_the_ports(built: Built, version: str) -> None:
    source = (built.ports.root / _member(version) / "lib.rs").read_text().splitlines()
    marked = [(number, re.search(r"// tap (.+)", line)) for number, line in enumerate(source, 1)]
    wanted = [(name, number) for number, mark in marked if mark for name in mark[1].split()]
    rows = built.port(version).rows()
    assert sorted((row.name or "-", row.line) for row in rows) == sorted(wanted)
    assert {Path(row.file).name for row in rows} == {"lib.rs"}


def _member(version: str) -> str:
    return f"port-{version.replace('.', '-')}"


@VERSIONS
def test_outputs_are_bit_equal_with_a_sink_without_one_and_plain(built: Built, version: str) -> None:
    port = built.port(version)
    plain = Port(built.plain / _library(version)).run()
    assert np.count_nonzero(np.frombuffer(plain, np.float32)) > 1500
    assert port.run() == plain
    assert port.tapped(lambda row: None) == plain


@VERSIONS
def test_a_row_holds_the_layers_output(built: Built, version: str) -> None:
    port = built.port(version)
    outputs = port.run()
    rows = [row for row in port.rows() if row.name not in INNER]
    assert rows and all(row.values.astype(np.float32).tobytes() in outputs for row in rows)


@VERSIONS
def test_a_replacement_is_what_the_port_goes_on_with(built: Built, version: str) -> None:
    outputs = np.frombuffer(built.port(version).tapped(lambda row: np.full_like(row.values, 7)), np.float32)
    dropout = 2 * 5 * 4
    assert (outputs == 7).sum() == outputs.size - dropout


@VERSIONS
def test_recurrent_layers_give_torchs_sequence(built: Built, version: str) -> None:
    shapes = {row.name: row.values.shape for row in built.port(version).rows() if row.kind in ("LSTM", "GRU")}
    names = ("lstm.0", "both.0", "both.l0", "both.l0_reverse", "gru.0")
    assert shapes == dict.fromkeys(names, (2, 5, 3))


@VERSIONS
def test_the_keys_that_were_read(built: Built, version: str) -> None:
    port = built.port(version)
    port.run()
    source = (built.ports.root / _member(version) / "lib.rs").read_text()
    keys = set(re.findall(r'\("([\w.]+)", &\[', source))
    assert port.keys() == sorted(keys - {"unread.weight"})


def test_the_workspace_is_as_it_was(built: Built) -> None:
    assert built.ports.files() == built.before

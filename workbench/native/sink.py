"""Where every tap of a run ends: named, compared in place, sent, answered with the reference's tensor if asked."""

import ctypes
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np

from workbench.native.cabi import read_tap
from workbench.native.captures import Expected
from workbench.native.dtypes import NUMPY, convert, name_of
from workbench.native.failure import Failure
from workbench.native.measure import measure, problem_of
from workbench.native.names import Names
from workbench.native.outbox import Outbox
from workbench.native.protocol import Measured, RunName, TapCompared

TAP, OUTPUT = "tap", "output"
P = ParamSpec("P")
T = TypeVar("T")


class Sink:
    """The taps of one run. What goes wrong inside is kept in `failure`, after which taps are only let through."""

    def __init__(self, run: RunName, expected: dict[str, Expected], names: Names, outbox: Outbox) -> None:
        self.failure: BaseException | None = None
        self.names: list[str] = []
        self.seen: set[str] = set()
        self.unnamed = 0
        self.seconds = 0.0
        self._run = run
        self._expected = expected
        self._native_names = names
        self._outbox = outbox
        self._texts: dict[bytes, str] = {}
        self._lines: dict[str, int] = {}
        self._replacements: dict[tuple[str, str], np.ndarray] = {}

    def receive(self, address: int) -> int | None:
        """Take a tap of the C interface; return None or the address of its replacement. Never raises."""
        return self._guarded(self._receive, address)

    def __call__(self, name: str, array: np.ndarray, source: str = "") -> np.ndarray | None:
        """Take a tap of a Python stage module, whose `source` is `file:line`; return None or its replacement."""
        return self._guarded(self._take, name, array, source)

    def output(self, name: str, array: np.ndarray) -> None:
        """Compare one of the run's outputs. Raises Failure for what is no tensor."""
        dtype, content = _flat(name, array)
        self.seen.add(name)
        self._compare(name, OUTPUT, dtype, array.shape, content, "", 0)

    def _guarded(self, take: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        begun = time.perf_counter()
        try:
            return None if self.failure else take(*args, **kwargs)
        except BaseException as error:
            self.failure = error
            return None
        finally:
            self.seconds += time.perf_counter() - begun

    def _receive(self, address: int) -> int | None:
        tap = read_tap(address)
        if not tap.name:
            self.unnamed += 1
            return None
        memory = (ctypes.c_ubyte * tap.bytes).from_address(tap.data)
        content = np.frombuffer(memoryview(memory), np.uint8)
        replacement = self._compare(
            self._next(tap.name), self._text(tap.kind), self._text(tap.dtype), tap.shape, content,
            self._text(tap.file), tap.line,
        )  # fmt: skip
        return None if replacement is None else int(replacement.ctypes.data)

    def _take(self, name: str, array: np.ndarray, source: str) -> np.ndarray | None:
        dtype, content = _flat(name, array)
        file, _, line = source.rpartition(":")
        replacement = self._compare(
            self._next(name.encode()), TAP, dtype, array.shape, content, file, int(line) if line.isdigit() else 0
        )
        return None if replacement is None else replacement.reshape(array.shape)

    def _next(self, native: bytes) -> str:
        name = self._native_names.next(native)
        self.names.append(name)
        self.seen.add(name)
        return name

    def _compare(
        self,
        name: str,
        kind: str,
        dtype: str,
        shape: tuple[int, ...],
        content: np.ndarray,
        file: str,
        line: int,
    ) -> np.ndarray | None:
        """Compare and send; return the flat elements that the port is to go on with, if they are not its own."""
        expected = self._expected.get(name)
        problem, measured = "", None
        if expected is not None:
            problem, measured = _held_against(expected, dtype, shape, content)
        order = -1 if expected is None else expected.order
        first_line = self._line_before(file, line)
        self._outbox.put(
            TapCompared(
                run=self._run, order=order, name=name, kind=kind, dtype=dtype, shape=shape, file=file,
                line=line, first_line=first_line, problem=problem, measured=measured,
            )
        )  # fmt: skip
        if expected is None or problem or not expected.injected:
            return None
        return self._replacement(name, dtype, expected)

    def _replacement(self, name: str, dtype: str, expected: Expected) -> np.ndarray:
        """The reference's tensor in the port's dtype; kept, since it must outlive the call."""
        key = (name, dtype)
        if key not in self._replacements:
            reference = expected.tensor
            self._replacements[key] = convert(reference.flat, reference.dtype, dtype)
        return self._replacements[key]

    def _line_before(self, file: str, line: int) -> int:
        before = self._lines.get(file, 0)
        self._lines[file] = line
        return before if before < line else 0

    def _text(self, text: bytes) -> str:
        known = self._texts.get(text)
        return known if known is not None else self._texts.setdefault(text, text.decode(errors="replace"))


def _held_against(
    expected: Expected, dtype: str, shape: tuple[int, ...], content: np.ndarray
) -> tuple[str, Measured | None]:
    problem = problem_of(dtype, shape, content.size, expected)
    return problem, None if problem else measure(content.view(NUMPY[dtype]), dtype, expected)


def _flat(name: str, array: object) -> tuple[str, np.ndarray]:
    """Return the dtype and the bytes of a numpy array."""
    dtype = name_of(array.dtype) if isinstance(array, np.ndarray) else None
    if dtype is None:
        kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise Failure("protocol", f"{name!r} is no tensor that can be compared: {kind}; give a numpy array of numbers")
    assert isinstance(array, np.ndarray)
    return dtype, np.ascontiguousarray(array).reshape(-1).view(np.uint8)

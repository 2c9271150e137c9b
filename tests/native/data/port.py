"""A stage module over tiny.c: y = 0.5·(2x + x) in steps that can be made to go wrong one at a time."""

import contextlib
import ctypes
import json
import os
import subprocess
import sys
import threading
import time

import numpy as np

LIBRARY = ctypes.CDLL(os.environ["WORKBENCH_ARTIFACT"])
NAMES = {"float32": "f32", "float64": "f64", "float16": "f16", "int64": "i64", "int32": "i32", "uint16": "bf16"}
PREFIX = "decoder."


def stages():
    return ["tiny.net"]


def parts(stage, config):
    return {"first": [], "second": ["net.total"]}


def load(stage, weights, config, part=None):
    mode = json.loads(config).get("mode", "")
    if mode == "threads":
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    return Second() if part == "second" else Handle(mode)


class Second:
    def run(self, inputs, sink=None):
        tap("net.second_name", inputs["net.total"], 20)
        return {}


def tap(name, array, line, layer=0, kind="tap", prefix=PREFIX, rank=None):
    array = np.ascontiguousarray(array).copy()
    shape = (ctypes.c_size_t * array.ndim)(*array.shape)
    LIBRARY.tiny_tap(
        layer,
        (prefix + name).encode() if name else b"",
        kind.encode(),
        NAMES[str(array.dtype)].encode(),
        ctypes.c_uint64(line),
        shape,
        ctypes.c_size_t(array.ndim),
        ctypes.c_void_p(array.ctypes.data),
        ctypes.c_size_t(array.nbytes),
    )
    return array


class PanicException(BaseException):
    """What a panic of Rust is in Python."""


class Handle:
    def __init__(self, mode):
        self.mode = mode

    def run(self, inputs, sink=None):
        assert LIBRARY.tiny_installed() >= 1
        x, mode = inputs["x"], self.mode
        sys.stderr.write(f"mode {mode!r}\n")
        self.misbehave()
        first = x * np.float32(2.0001 if mode == "off" else 2)
        first = tap("net.first", first.astype(np.float32), 10, layer=1, kind="Linear")
        tap("", first, 11, layer=1, kind="Linear")
        total = first + x
        if mode == "turned":
            total = tap("net.total", total.transpose(0, 2, 1), 12).transpose(0, 2, 1)
        if mode == "nan":
            total[0, 1, 2] = np.nan
            total[1, 0, 0] = np.inf
        if mode == "shape":
            total = tap("net.total", total[:, :-1], 12)
            total = np.concatenate([total, total[:, -1:]], axis=1)
        elif mode == "rank":
            tap("net.total", total.reshape(-1), 12)
        elif mode == "class":
            tap("net.total", total.astype(np.int64), 12)
        elif mode == "half":
            total = tap("net.total", total.astype(np.float16), 12).astype(np.float32)
        elif mode == "bfloat16":
            bits = (total.view(np.uint32) >> 16).astype(np.uint16)
            bits = tap("net.total", bits, 12).astype(np.uint32) << 16
            total = bits.view(np.float32)
        elif mode == "double":
            total = tap("net.total", total.astype(np.float64), 12).astype(np.float32)
        elif mode not in ("missing", "turned"):
            total = tap("net.total", total, 12)
        tap("net.step", total, 5)
        tap("net.step", total * np.float32(2), 6)
        tap("net.empty", np.zeros((0, 3), np.float32), 7)
        tap("net.second_name", total, 20)
        tap("net.count", np.array([1, 2, 4 if mode == "token" else 3]), 21)
        tap("net.extra", total, 22)
        LIBRARY.tiny_tap_from_thread(ctypes.c_void_p(np.ones(4, np.float32).ctypes.data))
        for _ in range(2000 if mode == "many" else 0):
            tap("net.more" + "x" * 1000, x[0, 0, :2], 30)
        if mode == "short":
            self.short("net.act")
        for _ in range(20 if mode.startswith("late") else 0):
            tap("net.heavy" + "x" * 1_000_000, x[0, 0, :2], 31)
        match mode:
            case "late crash":
                LIBRARY.tiny_crash()
            case "late abort":
                LIBRARY.tiny_abort()
            case "late exit":
                LIBRARY.exit(5)
            case "late panic":
                raise PanicException("index out of bounds")
        y = total * np.float32(0.5)
        if mode == "tokens":
            return {"y": y, "transposed": np.swapaxes(y, 0, 1), "tokens": np.array([[0, 1, 2]])}
        return {} if mode == "no output" else {"y": y, "transposed": np.swapaxes(y, 0, 1)}

    def short(self, name):
        """A tap whose bytes are fewer than its shape says."""
        shape = (ctypes.c_size_t * 3)(2, 5, 130)
        few = np.ones(10, np.float32)
        LIBRARY.tiny_tap(
            0,
            name.encode(),
            b"tap",
            b"f32",
            ctypes.c_uint64(1),
            shape,
            ctypes.c_size_t(3),
            ctypes.c_void_p(few.ctypes.data),
            ctypes.c_size_t(few.nbytes),
        )

    def misbehave(self):
        match self.mode.partition(" at ")[0]:
            case "crash once":
                # Whoever makes the file first is the one.
                with contextlib.suppress(FileExistsError):
                    os.close(os.open(self.mode.partition(" at ")[2], os.O_CREAT | os.O_EXCL))
                    LIBRARY.tiny_crash()
            case "crash":
                LIBRARY.tiny_crash()
            case "abort":
                LIBRARY.tiny_abort()
            case "spin":
                LIBRARY.tiny_spin()
            case "bomb":
                LIBRARY.tiny_bomb()
            case "python bomb":
                self.kept = [np.ones(1 << 24) for _ in range(1000)]
            case "exception":
                raise RuntimeError("shape mismatch in matmul\n  context: block 3")
            case "exit":
                os._exit(3)
            case "system exit":
                sys.exit(4)
            case "children":
                helper = subprocess.Popen(["sleep", "1000"])
                print("helper", helper.pid, flush=True)
                LIBRARY.tiny_spin()
            case "orphan":
                helper = subprocess.Popen(["sleep", "1000"])
                print("helper", helper.pid, flush=True)
            case "stdin":
                print("read", repr(sys.stdin.read()))
            case "babble":
                print("x" * 100_000 + "the end")

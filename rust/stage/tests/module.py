# ruff: noqa: D102
"""The stage protocol of the example `scale`, seen from Python. Needs numpy."""

import json
import threading
import time
import unittest
from pathlib import Path
from typing import Any

import numpy as np
import scale  # type: ignore[import-not-found]


def save(path: str, name: str, values: np.ndarray) -> str:
    """Write one tensor as a safetensors file: eight bytes of length, a JSON header, the elements."""
    entry = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [0, values.nbytes]}
    header = json.dumps({name: entry}).encode()
    Path(path).write_bytes(len(header).to_bytes(8, "little") + header + values.tobytes())
    return path


WEIGHT = save("weight.safetensors", "scale.weight", np.array([1, 10, 100], np.float32))
OTHER = save("other.safetensors", "other.weight", np.zeros(5, np.float32))
X = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
BIAS = np.zeros((2, 1), np.float32)


def loaded() -> Any:
    """Return the stage `scale`."""
    return scale.load("scale", [OTHER, WEIGHT], '{"factor": 2}')


class Load(unittest.TestCase):
    """What `load` accepts, and says otherwise."""

    def test_stages_are_listed(self) -> None:
        self.assertEqual(scale.stages(), ["scale", "panic", "sleep"])

    def test_an_unknown_stage_is_named_with_those_that_exist(self) -> None:
        with self.assertRaisesRegex(KeyError, "no stage `flow`; there are: scale, panic, sleep"):
            scale.load("flow", [], "{}")

    def test_arguments_may_be_named(self) -> None:
        scale.load(stage="scale", weights=[WEIGHT], config='{"factor": 1}')

    def test_a_missing_file_is_named(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "nowhere.safetensors: No such file"):
            scale.load("scale", ["nowhere.safetensors"], '{"factor": 1}')

    def test_a_missing_weight_is_named(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "scale.weight"):
            scale.load("scale", [OTHER], '{"factor": 1}')

    def test_a_config_that_does_not_fit_says_where(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "config: unknown field `gain`.* at line 1"):
            scale.load("scale", [WEIGHT], '{"gain": 1}')

    def test_parts_are_listed_with_what_they_are_fed(self) -> None:
        self.assertEqual(scale.parts("scale", '{"factor": 1}'), {"bias": ["scaled"]})
        self.assertEqual(scale.parts("panic", "{}"), {})

    def test_an_unknown_part_is_named(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "stage `scale` has no part `head`"):
            scale.load("scale", [WEIGHT], '{"factor": 1}', part="head")


class Part(unittest.TestCase):
    """A part runs on the stage's inputs and on the taps that it is fed with."""

    def test_it_is_fed(self) -> None:
        part = scale.load("scale", [WEIGHT], '{"factor": 1}', part="bias")
        self.assertEqual(part.run({"x": X, "scaled": X}), {})
        with self.assertRaisesRegex(RuntimeError, "input `scaled` is missing; given: x"):
            part.run({"x": X})


class Run(unittest.TestCase):
    """What `run` computes, and says otherwise."""

    def fails(self, error: type[BaseException], message: str, inputs: dict[Any, Any]) -> BaseException:
        with self.assertRaisesRegex(error, message) as raised:
            loaded().run(inputs)
        return raised.exception

    def test_outputs_are_arrays_whatever_their_layout_was(self) -> None:
        y = loaded().run({"x": X, "bias": BIAS + 1})["y"]
        np.testing.assert_array_equal(y, (X * 2 * [1, 10, 100] + 1).T)
        self.assertEqual((y.dtype, y.flags.c_contiguous), (np.float32, True))

    def test_a_missing_input_is_named(self) -> None:
        self.fails(RuntimeError, "^input `bias` is missing; given: x$", {"x": X})

    def test_another_shape_is_told(self) -> None:
        message = r"^input `bias`: expected f32 \[b=2, 1\], got f32 \[3, 1\]$"
        self.fails(RuntimeError, message, {"x": X, "bias": np.zeros((3, 1), np.float32)})

    def test_an_array_that_is_not_contiguous_is_refused(self) -> None:
        self.fails(ValueError, "^input `x` is not contiguous", {"x": X.T, "bias": BIAS})

    def test_an_unknown_dtype_is_refused(self) -> None:
        self.fails(TypeError, "^input `x`: unsupported dtype complex64", {"x": X.astype(np.complex64)})
        self.fails(TypeError, "^input `x`: unsupported dtype >f4", {"x": X.astype(">f4")})

    def test_what_is_no_array_is_refused(self) -> None:
        self.fails(TypeError, "^input `x`: expected a numpy array, got <class 'list'>", {"x": [1.0]})

    def test_the_rust_backtrace_is_a_note(self) -> None:
        error = self.fails(RuntimeError, "^input `x` is missing", {})
        self.assertIn("examples/scale.rs", error.__notes__[0])

    def test_a_sink_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "workbench_tap_install_v1"):
            loaded().run({"x": X, "bias": BIAS}, sink=print)

    def test_a_panic_is_an_exception(self) -> None:
        with self.assertRaisesRegex(BaseException, "the stage panicked") as raised:
            scale.load("panic", [], "{}").run({})
        self.assertEqual(type(raised.exception).__name__, "PanicException")

    def test_every_dtype_passes_through(self) -> None:
        names = {"f32": "f4", "f64": "f8", "f16": "f2", "u8": "u1", "u32": "u4", "i16": "i2", "i32": "i4", "i64": "i8"}
        inputs = {name: np.array([[0, 1, 2], [3, 4, 100]], dtype) for name, dtype in names.items()}
        outputs = scale.load("sleep", [], "{}").run(inputs)
        self.assertEqual(set(outputs), set(inputs))
        for name, output in outputs.items():
            self.assertEqual(output.dtype, inputs[name].dtype)
            np.testing.assert_array_equal(output, inputs[name])

    def test_other_threads_go_on_meanwhile(self) -> None:
        stage = scale.load("sleep", [], "{}")
        thread = threading.Thread(target=stage.run, args=({},))
        start = time.monotonic()
        thread.start()
        time.sleep(0.01)
        self.assertLess(time.monotonic() - start, 0.25)
        thread.join()
        self.assertGreaterEqual(time.monotonic() - start, 0.5)


if __name__ == "__main__":
    unittest.main()

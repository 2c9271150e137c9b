"""Inputs that are another capture's outputs: what a chain's stages are given in each precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

CHAIN = """
    class Net(nn.Module):
        def __init__(self, factor):
            super().__init__()
            self.factor = factor

        def forward(self, x):
            return x * self.factor + 0.1

    class Stage:
        def build(self, weights, config):
            return Net(1 / 3)

        def inputs(self, name, config):
            return {"x": torch.randn(4, 8), "whole": torch.tensor([3])}

        def run(self, module, inputs):
            return {"y": module(inputs["x"]), "n": inputs["whole"] + 1}

    stage("first")(Stage)
    stage("second")(Stage)
"""


def feed(captured: object, name: str, output: str) -> dict[str, str]:
    folder = Path(captured.folder)
    files = {kind: str(folder / f"{kind}.safetensors") for kind in ("reference", "noise")}
    return {"input": name, "output": output, **files}


@pytest.fixture
def linked(session):
    session.write(CHAIN)
    first = session.capture(stage="first", out=str(session.folder / "one"))
    feeds = [feed(first, "x", "y"), feed(first, "whole", "n")]
    return first, session.capture(stage="second", out=str(session.folder / "two"), feeds=feeds)


def test_float32_goes_on_with_float32_and_float64_with_float64(linked):
    first, second = linked
    y, n = (first.tensors("reference.safetensors")[name] for name in ("y", "n"))
    given = second.tensors("inputs.safetensors")
    assert np.array_equal(given["x"], y) and np.array_equal(given["whole"], n)
    exact = y.astype("f8") - first.tensors("noise.safetensors")["y"]
    made, noise = (second.tensors(f"{kind}.safetensors")["y"] for kind in ("reference", "noise"))
    third = 1 / 3
    np.testing.assert_allclose(made.astype("f8") - noise, exact * third + 0.1, rtol=1e-13)
    # It would be another one if the float64 run began with what float32 gave.
    assert np.abs(exact * third - y.astype("f8") * third).max() > 1e-10


def test_another_result_before_it_makes_the_capture_anew(session, linked):
    first, second = linked
    made = second.manifest["made_at"], (second.folder / "reference.safetensors").stat().st_mtime_ns
    again = session.capture(
        stage="second", out=str(second.folder), feeds=[feed(first, "x", "y"), feed(first, "whole", "n")]
    )
    assert (again.folder / "reference.safetensors").stat().st_mtime_ns == made[1]
    other = session.capture(stage="first", seed=8, out=str(session.folder / "one"))
    session.capture(stage="second", out=str(second.folder), feeds=[feed(other, "x", "y"), feed(other, "whole", "n")])
    assert np.array_equal(second.tensors("inputs.safetensors")["x"], other.tensors("reference.safetensors")["y"])


def test_an_output_that_is_not_there_is_named(session, linked):
    first, _ = linked
    fields = session.fields(stage="second", out=str(session.folder / "three"), feeds=[feed(first, "x", "z")])
    assert session.refused("capture", **fields) == "input 'x' is to be 'z', which no output of the stage before it is"

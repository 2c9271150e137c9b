"""The floor from the reference's own run with everything moved by one unit in the last place."""

from __future__ import annotations

import numpy as np

NET = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(64, 64), nn.Linear(64, 64)

        def forward(self, x):
            hidden = self.first(x)
            return self.second(torch.where(x > 0, hidden, torch.zeros_like(hidden)))

    @stage("net")
    class Stage:
        def build(self, weights, config):
            torch.manual_seed(1)
            return Net(){wide}

        def inputs(self, name, config):
            return {{"x": torch.randn(8, 64){wide}}}

        def run(self, module, inputs):
            {refuse}
            return {{"y": module(inputs["x"])}}
"""
REFUSE = 'assert inputs["x"].dtype is torch.float32, "planted"'


def test_without_float64_the_noise_is_a_few_roundings(session):
    captured = session.write(NET.format(wide="", refuse=REFUSE)).capture()
    assert "planted" in captured.manifest["float64"] and captured.manifest["perturbed"] is None
    assert "noise.safetensors" not in captured.files
    local = session.inject(["first", "second"]).with_suffix(".json")
    assert local.exists() and not local.with_suffix(".safetensors").exists()
    noise, exact = captured.json("noise.json"), without_refusal(session)
    for name in ("first", "second", "y"):
        assert 0.3 < noise[name]["noise_rms"] / exact[name]["noise_rms"] < 8, name


def without_refusal(session):
    session.restart()
    session.write(NET.format(wide="", refuse="pass"))
    return session.capture(out=str(session.folder / "other")).json("noise.json")


def test_a_reference_in_float64_has_the_noise_of_its_own_roundings(session):
    captured = session.write(NET.format(wide=".double()", refuse="pass")).capture()
    assert captured.manifest["float64"] is None
    noise = captured.json("noise.json")
    for name in ("first", "second", "y"):
        assert 2**-54 < noise[name]["noise_rms"] / noise[name]["rms"] < 2**-48, name
    assert all(np.all(value == 0) for value in captured.tensors("noise.safetensors").values())


def test_the_module_is_as_it_was_afterwards(session):
    session.write(NET.format(wide="", refuse=REFUSE))
    first = session.capture().tensors("reference.safetensors")
    again = session.capture(out=str(session.folder / "other")).tensors("reference.safetensors")
    assert {name: value.tobytes() for name, value in first.items()} == {
        name: value.tobytes() for name, value in again.items()
    }

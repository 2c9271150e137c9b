"""Random numbers that the reference draws are recorded, whatever draws them."""

from __future__ import annotations

import numpy as np
import torch

NET = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.own = torch.Generator().manual_seed(3)

        def noise(self, x):
            return torch.randn_like(x)

        def forward(self, x):
            x = x + self.noise(x) + self.noise(x)
            x = x + torch.empty(4).uniform_(0, 1)
            x = nn.functional.dropout(x, 0.5, True)
            x = x + torch.rand(4, generator=self.own)
            picked = torch.multinomial(x.abs(), 2)
            return x * 2, picked, torch.randperm(5)

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(3, 4)}

        def run(self, module, inputs):
            y, picked, order = module(inputs["x"])
            return {"y": y, "picked": picked, "order": order}
"""
CALLS = ["randn_like", "randn_like", "uniform_", "dropout", "rand", "multinomial", "randperm"]


def test_every_draw_is_kept_by_its_line(session):
    captured = session.write(NET).capture()
    draws = captured.manifest["draws"]
    assert [draw["call"] for draw in draws] == CALLS
    line = session.line("torch.randn_like")
    assert [draw["name"] for draw in draws[:2]] == [f"reference.py:{line}", f"reference.py:{line}#1"]
    assert draws[0]["file"] == str(session.path) and draws[0]["line"] == line
    assert [draw["shape"] for draw in draws] == [[3, 4], [3, 4], [4], [3, 4], [4], [3, 2], [5]]
    assert [draw["dtype"] for draw in draws] == ["f32"] * 5 + ["i64"] * 2
    assert list(captured.tensors("draws.safetensors")) != []
    assert set(captured.tensors("draws.safetensors")) == {draw["name"] for draw in draws}


def test_the_recorded_draws_give_the_outputs(session):
    captured = session.write(NET).capture()
    tensors = captured.tensors("draws.safetensors")
    first, second, uniform, dropped, own, picked, order = (tensors[draw["name"]] for draw in captured.manifest["draws"])
    x = captured.tensors("inputs.safetensors")["x"] + first + second + uniform
    np.testing.assert_array_equal(dropped, np.where(dropped == 0, 0, x / np.float32(0.5)))
    outputs = captured.tensors("reference.safetensors")
    np.testing.assert_array_equal(outputs["y"], (dropped + own) * 2)
    np.testing.assert_array_equal(outputs["picked"], picked)
    np.testing.assert_array_equal(outputs["order"], order)


def test_drawing_is_not_disturbed(session):
    captured = session.write(NET).capture()
    torch.manual_seed(7)
    net = session.module.Net()
    inputs = torch.from_numpy(captured.tensors("inputs.safetensors")["x"])
    torch.manual_seed(7)
    np.testing.assert_array_equal(captured.tensors("reference.safetensors")["y"], net(inputs)[0].numpy())


def test_a_generator_of_the_module_draws_the_same_in_every_run(session):
    captured = session.write(NET.replace("picked = torch.multinomial(x.abs(), 2)", "picked = x > 0")).capture()
    assert captured.json("noise.json")["y"]["noise_rms"] < 1e-6


def test_a_reference_that_draws_nothing_has_no_draws(session):
    still = NET[: NET.index("            x = x + self.noise")] + "            return x, x, x\n"
    captured = session.write(still + NET[NET.index("\n    @stage") :]).capture()
    assert captured.manifest["draws"] == [] and captured.tensors("draws.safetensors") == {}


def test_a_lost_file_of_draws_is_made_again(session):
    session.write(NET)
    first = session.capture().tensors("draws.safetensors")
    (session.capture().folder / "draws.safetensors").unlink()
    again = session.capture().tensors("draws.safetensors")
    assert all(np.array_equal(first[name], again[name]) for name in first)

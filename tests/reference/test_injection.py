"""The float64 run with R32 put in, against a three-layer model computed by hand."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from safetensors.numpy import load_file

NET = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.third = (nn.Linear(8, 8, bias=False) for _ in range(3))

        def forward(self, x):
            return self.third(tap("squared", self.second(self.first(x)) ** 2))

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(4, 8)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"])}
"""


def by_hand(session, captured, taps):
    """R32 − R64′ at every tap: each is computed from what comes before it, R32 taking over behind `taps`."""
    module = session.module.Net()
    import torch

    torch.manual_seed(7)
    module = session.module.Net()
    w1, w2, w3 = (getattr(module, n).weight.detach().numpy().astype("f8") for n in ("first", "second", "third"))
    reference = captured.tensors("reference.safetensors")
    on = {name: value.astype("f8") for name, value in reference.items()}
    x = captured.tensors("inputs.safetensors")["x"].astype("f8")
    exact = {"first": x @ w1.T}
    first = on["first"] if "first" in taps else exact["first"]
    exact["second"] = first @ w2.T
    second = on["second"] if "second" in taps else exact["second"]
    exact["squared"] = second**2
    squared = on["squared"] if "squared" in taps else exact["squared"]
    exact["third"] = exact["y"] = squared @ w3.T
    if "third" in taps:
        exact["y"] = on["third"]
    return {name: on[name] - exact[name] for name in exact}


@pytest.mark.parametrize(
    "taps",
    [["first"], ["second"], ["squared"], ["first", "second"], ["third", "first", "squared", "second"], []],
    ids=str,
)
def test_each_tap_is_exact_arithmetic_on_the_references_own_inputs(session, taps):
    captured = session.write(NET).capture()
    path = session.inject(taps)
    noise, wanted = load_file(path), by_hand(session, captured, taps)
    assert set(noise) == set(wanted)
    for name in wanted:
        np.testing.assert_allclose(noise[name], wanted[name], rtol=1e-6, atol=1e-15)
    told = json.loads(path.with_suffix(".json").read_text())
    assert told["taps"] == sorted(taps)
    assert set(told["stats"]["y"]) == {"rms", "max", "noise_rms", "noise_max"}
    for name in wanted:
        assert np.isclose(told["stats"][name]["noise_rms"], np.sqrt((wanted[name] ** 2).mean()), rtol=1e-6, atol=1e-15)


def test_the_local_noise_is_not_the_accumulated_noise(session):
    captured = session.write(NET).capture()
    local = load_file(session.inject(["second"]))["third"]
    assert np.abs(local - captured.tensors("noise.safetensors")["third"]).max() > 0


def test_a_float64_reference_is_put_in_as_it_is(session):
    wide = NET.replace("Net()\n", "Net().double()\n").replace("randn(4, 8)", "randn(4, 8).double()")
    captured = session.write(wide).capture()
    noise = load_file(session.inject(["first", "second"]))
    assert captured.tensors("reference.safetensors")["third"].dtype == np.float64
    assert {name: np.abs(value).max() for name, value in noise.items()} == dict.fromkeys(noise, 0.0)


def test_the_file_is_named_by_its_set_of_taps(session):
    session.write(NET)
    digest = hashlib.blake2b(b"first\nsecond", digest_size=8).hexdigest()
    assert session.inject(["second", "first"]).name == f"injected-{digest}.safetensors"


def test_an_injection_that_is_there_is_not_made_again(session):
    path = session.write(NET).inject(["first"])
    before = path.stat().st_mtime_ns
    assert session.inject(["first"]).stat().st_mtime_ns == before


def test_an_injection_makes_the_capture_that_it_needs(session):
    session.write(NET).inject(["first"])
    assert (session.folder / "capture" / "manifest.json").exists()


def test_an_unknown_tap_is_refused(session):
    session.write(NET).open()
    error = session.refused("inject", taps=["first", "fourth"], **session.fields())
    assert error == "stage net has no tap 'fourth' to put float32 in at"


TUPLES = """
    from collections import namedtuple
    Pair = namedtuple("Pair", "left right")

    class Split(nn.Module):
        def forward(self, x):
            return Pair(x / 3, [x / 7, x.argmax()])

    class Complex(nn.Module):
        def forward(self, x):
            return torch.complex(x / 3, x / 7)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.split, self.turn = Split(), Complex()

        def forward(self, x):
            pair = self.split(x)
            z = self.turn(x)
            right, best = pair.right
            return {"left": pair.left * 1, "right": right * 1, "best": best * 1, "real": z.real * 1, "imag": z.imag * 1}

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(4, 8)}

        def run(self, module, inputs):
            return module(inputs["x"])
"""


def test_elements_of_outputs_are_replaced_one_by_one(session):
    captured = session.write(TUPLES).capture()
    everywhere = captured.tensors("noise.safetensors")
    assert all(np.abs(everywhere[name]).max() > 0 for name in ("left", "right", "real", "imag"))
    # The outputs are the module's own tensors: where R32 is put in nothing of the noise is left, elsewhere all of it.
    noise = load_file(session.inject(["split.1.0", "split.1.1", "turn"]))
    assert not any(noise[name].any() for name in ("right", "real", "imag"))
    for name in ("left", "split.1.0", "turn"):
        np.testing.assert_array_equal(noise[name], everywhere[name])
    assert session.inject(["split.0"]).exists()
    assert not load_file(session.inject(["split.0"]))["left"].any()


def test_a_replacement_is_not_changed_by_what_writes_into_it(session):
    session.write("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.count, self.act = nn.Identity(), nn.ReLU(inplace=True)

            def forward(self, x, steps):
                for _ in range(2):
                    steps = self.count(steps)
                    steps += 1
                    x = self.act(x - steps / 3)
                return x

        @stage("net")
        class Stage:
            def build(self, weights, config):
                return Net()

            def inputs(self, name, config):
                return {"x": torch.randn(4, 8), "steps": torch.arange(8)}

            def run(self, module, inputs):
                return {"y": module(inputs["x"], inputs["steps"])}
    """)
    captured = session.capture()
    reference = captured.tensors("reference.safetensors")
    first, second = (load_file(session.inject(taps)) for taps in (["count", "count#1"], ["count", "count#1", "act#1"]))
    np.testing.assert_array_equal(first["y"], captured.tensors("noise.safetensors")["y"])
    assert not second["y"].any()
    assert all(np.array_equal(captured.tensors("reference.safetensors")[name], reference[name]) for name in reference)

"""Captures, checked against plain torch hooks and against float64 arithmetic done by hand."""

from __future__ import annotations

import json

import numpy as np
import torch

NET = """
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.q = nn.Linear(6, 6)
            self.rnn = nn.GRU(6, 6, batch_first=True)

        def forward(self, x):
            y = self.q(x)
            y = tap("turned", y.flip(-1))
            y, h = self.rnn(y)
            return y, (h, "no tensor")

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = Attention()
            self.act = nn.Sequential(nn.Tanh(), nn.Linear(6, 6))
            self.pick = Pick()

        def forward(self, x):
            for _ in range(2):
                y, _ = self.attention(x)
                x = x + self.act(y)
            return tap("sum", x), self.pick(x)

    class Pick(nn.Module):
        def forward(self, x):
            return x.argmax(-1)

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(2, 5, 6)}

        def run(self, module, inputs):
            y, best = module(inputs["x"])
            return {"y": y, "best": best, "positive": y > 0}
"""
ROUND = ["q", "turned", "rnn.0", "rnn.1", "0", "1.0"]
ORDER = [
    *(f"attention.{name}" for name in ROUND),
    *("act.0", "act.1", "act"),
    *(f"attention.{name}#1" for name in ROUND),
    *("act.0#1", "act.1#1", "act#1"),
    *("sum", "pick", "y", "best", "positive"),
]


def direct(module: torch.nn.Module, x: torch.Tensor) -> tuple[dict[str, list[torch.Tensor]], torch.Tensor]:
    """What the test's own hooks see: the outputs of every plain module by path, and the first result."""
    seen: dict[str, list[torch.Tensor]] = {}
    for path, part in module.named_modules():
        part.register_forward_hook(lambda _m, _i, out, path=path: seen.setdefault(path, []).append(out))
    with torch.no_grad():
        y, _ = module(x)
    return seen, y


def made(session) -> tuple[torch.nn.Module, torch.Tensor]:
    torch.manual_seed(7)
    module = session.module.Net()
    torch.manual_seed(7)
    return module, torch.randn(2, 5, 6)


def test_taps_come_in_order_of_execution_under_numbered_paths(session):
    assert session.write(NET).capture().names == ORDER


def test_float32_taps_equal_direct_hooks_bit_for_bit(session):
    captured = session.write(NET).capture()
    seen, y = direct(*made(session))
    tensors = captured.tensors("reference.safetensors")
    for path in ("attention.q", "act.0", "act.1", "act", "pick"):
        for number, expected in enumerate(seen[path]):
            name = f"{path}#{number}" if number else path
            np.testing.assert_array_equal(tensors[name], expected.numpy(), strict=True)
    np.testing.assert_array_equal(tensors["attention.rnn.1#1"], seen["attention.rnn"][1][1].numpy(), strict=True)
    np.testing.assert_array_equal(tensors["attention.1.0"], seen["attention"][0][1][0].numpy(), strict=True)
    np.testing.assert_array_equal(tensors["attention.turned"], seen["attention.q"][0].flip(-1).numpy(), strict=True)
    np.testing.assert_array_equal(tensors["y"], y.numpy(), strict=True)
    np.testing.assert_array_equal(tensors["positive"], (y > 0).numpy(), strict=True)


def test_inputs_are_kept(session):
    captured = session.write(NET).capture()
    _, x = made(session)
    np.testing.assert_array_equal(captured.tensors("inputs.safetensors")["x"], x.numpy(), strict=True)
    assert captured.manifest["inputs"] == [{"name": "x", "dtype": "f32", "shape": [2, 5, 6]}]


def test_noise_is_float32_minus_a_float64_run(session):
    captured = session.write(NET).capture()
    module, x = made(session)
    exact, _ = direct(module.double(), x.double())
    reference, noise = (captured.tensors(f"{name}.safetensors") for name in ("reference", "noise"))
    statistics = captured.json("noise.json")
    for path in ("attention.q", "act.0", "act.1", "act"):
        wanted = reference[path].astype(np.float64) - exact[path][0].numpy()
        assert np.abs(wanted).max() > 0
        np.testing.assert_allclose(noise[path], wanted, rtol=1e-5, atol=1e-15)
        assert noise[path].dtype == np.float32
        values, found = exact[path][0].numpy(), statistics[path]
        assert np.isclose(found["rms"], np.sqrt((values**2).mean()), rtol=1e-12)
        assert np.isclose(found["max"], np.abs(values).max(), rtol=1e-12)
        assert np.isclose(found["std"], values.std(), rtol=1e-12)
        assert np.isclose(found["noise_rms"], np.sqrt((wanted**2).mean()), rtol=1e-5)
        assert np.isclose(found["noise_max"], np.abs(wanted).max(), rtol=1e-5)
        assert (found["nan"], found["inf"]) == (0, 0)


def test_taps_that_are_no_floats_have_no_noise(session):
    captured = session.write(NET).capture()
    wanted = set(ORDER) - {"pick", "best", "positive"}
    assert set(captured.tensors("noise.safetensors")) == set(captured.json("noise.json")) == wanted


def test_the_manifest_tells_what_each_tap_is_and_who_called_it(session):
    captured = session.write(NET).capture()
    called = {"file": str(session.path), "line": session.line("self.q(x)")}
    form = {"dtype": "f32", "shape": [2, 5, 6]}
    tap = captured.tap("attention.q")
    samples = {name: each.pop("sample") for name, each in tap["own"].items()}
    own = {"weight": {"dtype": "f32", "shape": [6, 6]}, "bias": {"dtype": "f32", "shape": [6]}}
    assert tap == {
        "name": "attention.q", "kind": "module", "class": "Linear", "parameters": True, "own": own, "settings": {},
        **form, **called,
    }  # fmt: skip
    weight = made(session)[0].attention.q.weight.flatten().tolist()
    assert [place for place, _ in samples["weight"]] == [at * 35 // 15 for at in range(16)]
    assert all(value == weight[place] for place, value in samples["weight"]) and len(samples["bias"]) == 6
    assert captured.tap("attention.turned#1") == {
        "name": "attention.turned#1", "kind": "tap", "class": "", "parameters": False, "own": {}, "settings": {},
        **form, "file": str(session.path), "line": session.line('tap("turned"'),
    }  # fmt: skip
    assert captured.tap("y") == {
        "name": "y", "kind": "output", "class": "", "parameters": False, "own": {}, "settings": {}, **form,
        "file": str(session.path), "line": session.line("def run"),
    }  # fmt: skip
    assert captured.tap("act.1")["line"] == session.line("self.act(y)")
    assert captured.tap("act")["class"] == "Sequential"
    assert not captured.tap("act")["parameters"]
    assert (captured.tap("pick")["dtype"], captured.tap("positive")["dtype"]) == ("i64", "bool")
    manifest = captured.manifest
    assert {key: manifest[key] for key in ("version", "stage", "input", "config", "seed", "float64")} == {
        "version": 5, "stage": "net", "input": "a", "config": {}, "seed": 7, "float64": None
    }  # fmt: skip
    assert f"torch {torch.__version__}" in manifest["made_by"]


def test_a_capture_holds_whole_files_and_no_others(session):
    captured = session.write(NET).capture()
    names = {"inputs", "reference", "draws", "noise"}
    assert captured.files == {f"{name}.safetensors" for name in names} | {"manifest.json", "noise.json"}


def test_a_capture_that_is_there_is_not_made_again(session):
    captured = session.write(NET).capture()
    before = {path: path.stat().st_mtime_ns for path in captured.folder.iterdir()}
    session.events.clear()
    session.capture()
    assert {path: path.stat().st_mtime_ns for path in captured.folder.iterdir()} == before
    assert session.events == []


def test_another_seed_in_the_same_folder_starts_over(session):
    first = session.write(NET).capture().tensors("reference.safetensors")["y"]
    session.inject(["act"])
    second = session.capture(seed=8)
    assert not np.array_equal(first, second.tensors("reference.safetensors")["y"])
    assert second.manifest["seed"] == 8
    assert not [name for name in second.files if name.startswith("injected")]


def test_nan_and_infinity_are_counted_and_left_out_of_the_statistics(session):
    session.write("""
        class Net(nn.Module):
            def forward(self, x):
                return tap("ratio", x / x.abs())

        @stage("net")
        class Stage:
            def build(self, weights, config):
                return Net()

            def inputs(self, name, config):
                return {"x": torch.tensor([0.0, 0.0, 2.0, -3.0])}

            def run(self, module, inputs):
                return {"y": 1 / inputs["x"], "z": module(inputs["x"])}
    """)
    noise = session.capture().json("noise.json")
    assert (noise["ratio"]["nan"], noise["ratio"]["inf"], noise["ratio"]["rms"]) == (2, 0, 1.0)
    assert (noise["y"]["nan"], noise["y"]["inf"], noise["y"]["max"]) == (0, 2, 0.5)


def test_shapes_and_dtypes_of_every_kind_are_kept(session):
    session.write("""
        class Net(nn.Module):
            def forward(self, x):
                tap("empty", x[:0])
                tap("scalar", x.sum())
                tap("half", x.bfloat16())
                tap("complex", torch.complex(x, 2 * x))
                tap("conjugate", torch.complex(x, 2 * x).conj())
                tap("turned", x.T)
                return {"named": x, "list": [x + 1]}

        class Outer(nn.Module):
            def __init__(self):
                super().__init__()
                self.net = Net()

            def forward(self, x):
                return self.net(x)

        @stage("net")
        class Stage:
            def build(self, weights, config):
                return Outer()

            def inputs(self, name, config):
                return {"x": torch.arange(6.0).reshape(2, 3)}

            def run(self, module, inputs):
                return {"y": module(inputs["x"])["named"]}
    """)
    captured = session.capture()
    forms = {tap["name"].removeprefix("net."): (tap["dtype"], tap["shape"]) for tap in captured.manifest["taps"]}
    assert forms == {
        "empty": ("f32", [0, 3]),
        "scalar": ("f32", []),
        "half": ("bf16", [2, 3]),
        "complex": ("f32", [2, 3, 2]),
        "conjugate": ("f32", [2, 3, 2]),
        "turned": ("f32", [3, 2]),
        "named": ("f32", [2, 3]),
        "list.0": ("f32", [2, 3]),
        "y": ("f32", [2, 3]),
    }
    from safetensors.torch import load_file

    tensors = load_file(captured.folder / "reference.safetensors")
    x = torch.arange(6.0).reshape(2, 3)
    assert torch.equal(tensors["net.turned"], x.T)
    assert torch.equal(tensors["net.conjugate"], torch.stack([x, -2 * x], -1))
    assert torch.equal(tensors["net.half"], x.bfloat16())
    assert captured.json("noise.json")["net.empty"]["rms"] == 0.0


def test_the_module_is_built_once_for_equal_requests(session):
    session.write(NET.replace("return Net()", 'print("built", config); return Net()'))
    built = []
    session.open()
    session.module.print = lambda *words: built.append(words)
    session.capture(out=str(session.folder / "one"))
    session.capture(out=str(session.folder / "two"), input="b")
    assert len(built) == 1
    session.capture(out=str(session.folder / "three"), config={"more": 1})
    assert len(built) == 2


def test_the_draft_is_gone_and_the_json_is_strict(session):
    captured = session.write(NET).capture()
    for name in ("manifest.json", "noise.json"):
        json.loads((captured.folder / name).read_text(), parse_constant=lambda text: 1 / 0)


def test_progress_counts_to_the_total(session):
    session.write(NET).capture()
    last = {event["run"]: event for event in session.events}
    assert last["float64"] == {
        "event": "progress", "run": "float64", "tap": "positive", "done": len(ORDER), "total": len(ORDER)
    }  # fmt: skip
    assert session.events[0] | {"total": 0} == {
        "event": "progress", "run": "float32", "tap": "attention.q", "done": 1, "total": 0
    }  # fmt: skip

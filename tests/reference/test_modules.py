"""What the taps make of unusual modules."""

from __future__ import annotations

import pytest


def test_progress_is_throttled(session):
    session.write("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.part = nn.Identity()

            def forward(self, x):
                for _ in range(2000):
                    self.part(x)
                return x

        @stage("net")
        class Stage:
            def build(self, weights, config):
                return Net()

            def inputs(self, name, config):
                return {"x": torch.ones(1)}

            def run(self, module, inputs):
                return {"y": module(inputs["x"])}
    """)
    captured = session.capture()
    assert len(session.events) < 200
    assert len(captured.names) == 2001
    assert captured.names[-2] == "part#1999"
    assert len(captured.tensors("reference.safetensors")) == 2001


def test_a_failing_module_that_the_caller_forgives_does_not_shift_names(session):
    session.write("""
        class Fails(nn.Module):
            def forward(self, x):
                raise RuntimeError("no")

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.inner = nn.ModuleDict({"bad": Fails(), "good": nn.Identity()})
                self.block = Block(self.inner)

            def forward(self, x):
                return tap("outside", self.block(x))

        class Block(nn.Module):
            def __init__(self, inner):
                super().__init__()
                self.bad, self.good = inner["bad"], inner["good"]

            def forward(self, x):
                try:
                    self.bad(x)
                except RuntimeError:
                    pass
                return self.good(x)

        @stage("net")
        class Stage:
            def build(self, weights, config):
                return Net()

            def inputs(self, name, config):
                return {"x": torch.ones(1)}

            def run(self, module, inputs):
                return {"y": module(inputs["x"])}
    """)
    assert session.capture().names == ["inner.good", "block", "outside", "y"]


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_layers_with_computed_weights_keep_their_class_and_scripts_stay_opaque(session):
    session.write("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.normed = nn.utils.parametrizations.weight_norm(nn.Linear(3, 3, bias=False))
                self.script = torch.jit.script(nn.Sequential(nn.Linear(3, 3)))

            def forward(self, x):
                return self.script(self.normed(x))

        @stage("net")
        class Stage:
            def build(self, weights, config):
                return Net()

            def inputs(self, name, config):
                return {"x": torch.ones(3)}

            def run(self, module, inputs):
                return {"y": module(inputs["x"])}
    """)
    captured = session.capture()
    assert captured.names == ["normed", "y"]
    assert captured.manifest["float64"] is None
    tap = captured.tap("normed")
    assert (tap["class"], tap["parameters"]) == ("Linear", True)


def test_a_module_runs_in_eval_mode_whatever_build_gave(session):
    session.write("""
        @stage("net")
        class Stage:
            def build(self, weights, config):
                return nn.Sequential(nn.Dropout(0.5)).train()

            def inputs(self, name, config):
                return {"x": torch.ones(100)}

            def run(self, module, inputs):
                return {"y": module(inputs["x"])}
    """)
    assert session.capture().tensors("reference.safetensors")["y"].tolist() == [1.0] * 100

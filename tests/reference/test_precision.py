"""The float64 run: what is lifted, what is drawn, and that nothing stays behind."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from workbench.reference.parameters import doubled
from workbench.reference.precision import Lift
from workbench.reference.state import preserved

THIRD = torch.tensor([1 / 3, 2 / 3, 4 / 3], dtype=torch.float64)
CONSTANT = THIRD.float()

COMPLEX = torch.complex(torch.zeros(3), torch.ones(3))

CASTS = {
    "float": lambda x: x.float(),
    "half": lambda x: x.half(),
    "bfloat16": lambda x: x.bfloat16(),
    "to dtype": lambda x: x.to(torch.float32),
    "to keyword": lambda x: x.to(dtype=torch.float16),
    "to device and dtype": lambda x: x.to("cpu", torch.float32),
    "to other": lambda x: x.to(CONSTANT),
    "type": lambda x: x.type(torch.float32),
    "type by legacy class": lambda x: x.type(torch.FloatTensor),
    "type by name": lambda x: x.type("torch.FloatTensor"),
    "type as": lambda x: x.type_as(CONSTANT),
    "into a complex number": lambda x: torch.view_as_real(torch.complex(x.float(), x.float()).cfloat())[..., 1],
    "softmax dtype": lambda x: torch.log(torch.softmax(x, -1, dtype=torch.float32)) + torch.logsumexp(x, -1),
    "new": lambda x: x.new_zeros(3, dtype=torch.float32) + x,
    "in place": lambda x: torch.zeros(3, dtype=torch.float32).add_(x),
    "assigned": lambda x: assigned(torch.zeros(3, dtype=torch.float32), x),
    "stacked": lambda x: torch.stack([x.float(), x.float()]).mean(0),
    "out": lambda x: torch.mul(x.float(), 1.0, out=torch.empty(3)),
    "own dtype": lambda x: x.to(x.dtype),
    "to a complex dtype": lambda x: torch.view_as_real(x.to(torch.complex64))[..., 0],
    "a complex constant": lambda x: torch.view_as_real(COMPLEX * x)[..., 1],
    "into an array from numpy": lambda x: torch.as_tensor(np.zeros(3, "f4")).add_(x),
}


def assigned(target: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    target[:] = value
    return target


@pytest.mark.parametrize("cast", CASTS.values(), ids=CASTS)
def test_a_cast_does_not_round(cast):
    with doubled(torch.nn.Module()), Lift():
        found = cast(THIRD.clone())
    assert found.dtype is torch.float64
    torch.testing.assert_close(found, THIRD, rtol=1e-15, atol=0)


FACTORIES = {
    "arange": (lambda: torch.arange(0, 1, 0.1, dtype=torch.float32), np.arange(0, 1, 0.1)),
    "arange of ints": (lambda: torch.arange(3).float() / 3, np.arange(3) / 3),
    "linspace": (lambda: torch.linspace(0, 1, 7), np.linspace(0, 1, 7)),
    "full": (lambda: torch.full((2,), 0.1), np.full(2, 0.1)),
    "tensor": (lambda: torch.tensor([0.1, 0.2]), np.array([0.1, 0.2])),
    "tensor dtype": (lambda: torch.tensor([0.1, 0.2], dtype=torch.float32), np.array([0.1, 0.2])),
    "ones": (lambda: torch.ones(2, dtype=torch.half) / 3, np.ones(2) / 3),
    "zeros": (lambda: torch.zeros(2).exp() / 7, np.ones(2) / 7),
    "eye": (lambda: torch.eye(2, dtype=torch.float32) / 7, np.eye(2) / 7),
    "hann": (lambda: torch.hann_window(7), np.sin(np.pi * np.arange(7) / 7) ** 2),
    "constant from elsewhere": (lambda: CONSTANT.sqrt(), np.sqrt(CONSTANT.double().numpy())),
    "from numpy": (lambda: torch.from_numpy(np.array([0.1], "f4")).sqrt(), np.sqrt(np.array([0.1], "f4").astype("f8"))),
    "legacy constructor": (lambda: torch.FloatTensor([2.0]).sqrt(), np.sqrt([2.0])),
    "matmul with a constant": (lambda: CONSTANT @ torch.ones(3), CONSTANT.double().sum().numpy()),
}


@pytest.mark.parametrize(("make", "wanted"), FACTORIES.values(), ids=FACTORIES)
def test_a_factory_call_gives_float64(make, wanted):
    with doubled(torch.nn.Module()), Lift():
        found = make()
    assert found.dtype is torch.float64
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-15, atol=1e-16)


def test_bits_are_reinterpreted_not_widened():
    with Lift():
        assert torch.tensor([0x3F800000], dtype=torch.int32).view(torch.float32).tolist() == [1.0]


def test_what_writes_into_a_constant_reaches_it():
    added, out = torch.zeros(3), torch.zeros(3)
    with doubled(torch.nn.Module()), Lift():
        added.add_(THIRD)
        torch.mul(THIRD, 1.0, out=out)
    assert torch.equal(added, CONSTANT)
    assert torch.equal(out, CONSTANT)


def test_integers_and_booleans_stay():
    with doubled(torch.nn.Module()), Lift():
        assert torch.arange(3).dtype is torch.int64
        assert (torch.ones(2) > 0).dtype is torch.bool
        assert THIRD.to(torch.int32).dtype is torch.int32


DRAWS = {
    "randn": lambda: torch.randn(40),
    "rand": lambda: torch.rand(40, dtype=torch.float32),
    "randn_like": lambda: torch.randn_like(torch.empty(40)),
    "rand_like": lambda: torch.rand_like(torch.empty(40)),
    "normal": lambda: torch.normal(0.0, 1.0, (40,)),
    "normal_": lambda: torch.empty(40).normal_(),
    "uniform_": lambda: torch.empty(40).uniform_(-1, 1),
    "exponential_": lambda: torch.empty(40).exponential_(),
    "bernoulli": lambda: torch.bernoulli(torch.full((40,), 0.3)),
    "dropout": lambda: torch.nn.functional.dropout(torch.ones(40), 0.5),
    "generator": lambda: torch.randn(40, generator=torch.Generator().manual_seed(3)),
    "multinomial": lambda: torch.multinomial(torch.linspace(0.1, 1, 40), 5).double(),
    "twice": lambda: torch.rand(3) + torch.randn(3),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_both_runs_draw_the_same_numbers(draw):
    torch.manual_seed(1)
    wanted = draw()
    torch.manual_seed(1)
    with doubled(torch.nn.Module()), Lift():
        found = draw()
    assert found.dtype is torch.float64
    torch.testing.assert_close(found, wanted.double(), rtol=0, atol=1e-7 if draw is DRAWS["twice"] else 0)


class Stateful(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(4, 4)
        self.tied = torch.nn.Linear(4, 4, bias=False)
        self.tied.weight = self.linear.weight
        self.norm = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(4, 4))
        self.register_buffer("count", torch.zeros(3))
        self.register_buffer("wide", torch.ones(1).expand(4), persistent=False)
        self.table = None
        self.constant = torch.full((4,), 0.1)
        self.history = []

    def forward(self, x):
        if self.table is None:
            self.table = torch.arange(4, dtype=torch.float32) / 3
        self.count += 1
        self.constant.mul_(2)
        self.extra = x
        return self.tied(self.norm(self.linear(x))) + self.table + self.wide + self.constant


def test_a_run_leaves_the_module_bit_for_bit_as_it_was():
    torch.manual_seed(1)
    module = Stateful()
    before = {name: (tensor.clone(), tensor.data_ptr()) for name, tensor in module.state_dict().items()}
    attributes = set(vars(module))
    for _ in range(2):
        with torch.no_grad(), preserved(module), doubled(module), Lift():
            result = module(torch.ones(2, 4, dtype=torch.float64))
        assert result.dtype is torch.float64
    after = module.state_dict()
    assert list(after) == list(before)
    for name, (tensor, address) in before.items():
        assert after[name].dtype is tensor.dtype
        assert torch.equal(after[name], tensor)
        assert after[name].data_ptr() == address
    assert module.tied.weight is module.linear.weight
    assert module.table is None
    assert set(vars(module)) == attributes
    assert torch.equal(module.constant, torch.full((4,), 0.1))
    assert torch.get_default_dtype() is torch.float32


def test_a_run_that_raises_leaves_the_module_as_it_was():
    module = Stateful()
    with pytest.raises(RuntimeError), torch.no_grad(), preserved(module), doubled(module), Lift():
        module(torch.ones(3))
    assert module.linear.weight.dtype is torch.float32
    assert torch.equal(module.count, torch.zeros(3))
    assert torch.get_default_dtype() is torch.float32


LIFTED = """
    TABLE = torch.full((5,), 0.1)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(5, 5)
            self.gain = torch.full((5,), 0.3)
            self.table = None

        def forward(self, x):
            if self.table is None:
                self.table = torch.arange(5, dtype=torch.float32).float() / 3
            x = self.linear(x.float()) * torch.rsqrt(torch.arange(1, 6, dtype=torch.float32))
            return tap("sum", x.to(torch.float32) * self.gain + self.table + TABLE)

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(3, 5)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"]) + torch.randn(3, 5)}
"""


def test_a_reference_full_of_float32_gives_true_float64_results(session):
    captured = session.write(LIFTED).capture()
    torch.manual_seed(7)
    linear = session.module.Net().linear
    weight, bias = (p.detach().numpy().astype("f8") for p in (linear.weight, linear.bias))
    x = captured.tensors("inputs.safetensors")["x"].astype("f8")
    gain, table = (np.full(5, value, "f4").astype("f8") for value in (0.3, 0.1))
    exact = (x @ weight.T + bias) / np.sqrt(np.arange(1.0, 6.0)) * gain + np.arange(5) / 3 + table
    torch.manual_seed(7)
    drawn = torch.randn(3, 5).numpy()
    reference, noise = (captured.tensors(f"{name}.safetensors") for name in ("reference", "noise"))
    np.testing.assert_allclose(noise["sum"], reference["sum"] - exact, rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(noise["y"], reference["y"] - (exact + drawn), rtol=1e-6, atol=1e-15)


def test_a_second_capture_in_the_same_process_is_the_same(session):
    first = session.write(LIFTED).capture(out=str(session.folder / "one"))
    session.inject(["linear"], out=str(session.folder / "one"))
    second = session.capture(out=str(session.folder / "two"))
    for file in ("reference.safetensors", "noise.safetensors"):
        one, two = first.tensors(file), second.tensors(file)
        assert all(np.array_equal(one[name], two[name]) for name in one)


def test_a_stage_without_a_float64_run_keeps_its_float32_capture(session):
    session.write(LIFTED.replace("x = self.linear", "assert x.dtype == torch.float32, 'float32 only'; x = self.linear"))
    captured = session.capture()
    tensors = {"inputs.safetensors", "reference.safetensors", "draws.safetensors"}
    assert captured.files == {*tensors, "manifest.json", "noise.json"}
    line = session.line("float32 only")
    wanted = f"stage net: the float64 run raised AssertionError: float32 only (reference.py:{line})"
    assert captured.manifest["float64"] == wanted and captured.manifest["perturbed"] is None


def test_a_float64_run_that_takes_another_path_is_told(session):
    session.write(LIFTED.replace("return tap(", "return x if x.dtype is torch.float64 else tap("))
    assert "never reaches 'sum'" in session.capture().manifest["float64"]


def test_a_float64_run_of_another_shape_is_told(session):
    session.write(LIFTED.replace("return tap(", "x = x[x.dtype.itemsize // 8 :]\n            return tap("))
    assert "shape [3, 5] in float32 and [2, 5] in float64" in session.capture().manifest["float64"]

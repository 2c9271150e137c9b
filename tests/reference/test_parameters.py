"""Parameters widened just in time: the numbers of a module that is wide all the time, at the memory of one layer."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import torch
from torch import nn

from workbench.reference.parameters import doubled
from workbench.reference.precision import Lift
from workbench.reference.state import preserved
from workbench.reference.wide import upcast

pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:FutureWarning")


@contextmanager
def all_at_once(module):
    """What the just-in-time version has to equal: every parameter and buffer is wide from begin to end."""
    before = [(tensor, tensor.data) for tensor in [*module.parameters(), *module.buffers()]]
    torch.set_default_dtype(torch.float64)
    try:
        for tensor, data in before:
            tensor.data = upcast(data)
        yield None
    finally:
        torch.set_default_dtype(torch.float32)
        for tensor, data in before:
            tensor.data = data


class Module(nn.Module):
    """Applies a function to itself and x."""

    def __init__(self, forward, **parts):
        super().__init__()
        self.function = forward
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.function(self, x)


def linear():
    return nn.Linear(6, 6)


def weight():
    return nn.Parameter(torch.randn(6))


def tied():
    module = Module(lambda self, x: x @ self.table.weight.t() + self.again(x), table=nn.Embedding(6, 6), again=linear())
    module.again.weight = module.table.weight
    return module


def writes_into_its_own(self, x):
    self.weight.mul_(1 / 3)
    return x * self.weight


def writes_into_a_view_of_its_own(self, x):
    self.weight[:3].mul_(1 / 3)
    return x * self.weight


def writes_around_one_that_shares(self, x):
    some = self.weight[:3]
    self.weight.mul_(1 / 3)
    x = self.inner(x)
    some.mul_(1 / 7)
    return self.inner(x)


def sharing(forward):
    shared = weight()
    return Module(forward, weight=shared, inner=Module(lambda self, x: x * self.weight, weight=shared))


def writes_into_a_view_around_one_that_shares(self, x):
    some = self.weight[:3]
    x = self.inner(x)
    some.mul_(1 / 7)
    return self.inner(x)


def writes_into_a_childs(self, x):
    self.inner.weight.add_(1 / 3)
    torch.div(self.inner.bias, 3, out=self.inner.bias)
    self.inner.weight[0] = 1 / 7
    return self.inner(x) + self.inner.weight.sum()


def writes_into_data(self, x):
    self.inner.weight.data.div_(3)
    self.inner.bias.data = self.inner.bias / 3
    return self.inner(x) + self.inner.bias


def fills_a_childs(self, x):
    self.inner.weight.uniform_(-1, 1)
    return self.inner(x)


def asks_for_dtypes(self, x):
    assert self.inner.weight.dtype is x.dtype
    return self.inner(x.to(next(self.parameters()).dtype) / 3)


def forgives(self, x):
    try:
        self.inner(x[:, :1])
    except RuntimeError:
        x = x / 3
    return self.inner(x)


def calls_itself(self, x):
    self.depth = getattr(self, "depth", 0) + 1
    return x * self.weight if self.depth > 2 else self(x) / self.weight


MODULES = {
    "one after the other": lambda: nn.Sequential(linear(), nn.LayerNorm(6), linear(), nn.PReLU(), linear()),
    "twice the same": lambda: Module(lambda self, x: self.inner(self.inner(x)), inner=linear()),
    "tied": tied,
    "own around a child": lambda: Module(lambda self, x: self.inner(x * self.w) + self.w, w=weight(), inner=linear()),
    "forward called directly": lambda: Module(lambda self, x: self.inner.forward(x / 3), inner=linear()),
    "a child's, without calling it": lambda: Module(lambda self, x: x @ self.inner.weight.T / 3, inner=linear()),
    "a list of parameters": lambda: Module(
        lambda self, x: sum(x / 3 * w for w in self.several), several=nn.ParameterList([weight(), weight()])
    ),
    "gru": lambda: Module(lambda self, x: self.inner(x)[0], inner=nn.GRU(6, 6, 2)),
    "lstm called directly": lambda: Module(lambda self, x: self.inner.forward(x)[0], inner=nn.LSTM(6, 6)),
    "attention": lambda: Module(lambda self, x: self.inner(x, x, x)[0], inner=nn.MultiheadAttention(6, 2)),
    "transformer layer": lambda: nn.TransformerEncoderLayer(6, 2, 6, batch_first=True).eval(),
    "weight norm": lambda: nn.utils.parametrizations.weight_norm(linear()),
    "weight norm by hook": lambda: nn.utils.weight_norm(linear()),
    "batch norm that learns": lambda: nn.BatchNorm1d(6).train(),
    "half precision": lambda: linear().bfloat16(),
    "script": lambda: nn.Sequential(linear(), torch.jit.script(linear())),
    "writes into its own": lambda: Module(
        lambda self, x: self.inner(x) + self.inner(x), inner=Module(writes_into_its_own, weight=weight())
    ),
    "writes into a view of its own": lambda: Module(
        lambda self, x: self.inner(x) + self.inner(x), inner=Module(writes_into_a_view_of_its_own, weight=weight())
    ),
    "writes around one that shares": lambda: sharing(writes_around_one_that_shares),
    "writes into a view around one that shares": lambda: sharing(writes_into_a_view_around_one_that_shares),
    "writes into a child's": lambda: Module(writes_into_a_childs, inner=linear()),
    "writes into a child's data": lambda: Module(writes_into_data, inner=linear()),
    "fills a child's": lambda: Module(fills_a_childs, inner=linear()),
    "asks for dtypes": lambda: Module(asks_for_dtypes, inner=linear()),
    "forgives": lambda: Module(forgives, inner=linear()),
    "calls itself": lambda: Module(calls_itself, weight=weight()),
    "frozen": lambda: linear().requires_grad_(False),
}


def run(module, around, seed=3):
    torch.manual_seed(seed)
    x = torch.randn(4, 6).double()
    with torch.no_grad(), preserved(module), around(module) as parameters, Lift(parameters):
        return module(x)


@pytest.fixture(params=MODULES.values(), ids=MODULES)
def module(request):
    torch.manual_seed(1)
    return request.param()


def test_the_result_is_bit_for_bit_that_of_a_module_wide_all_the_time(module):
    wanted = run(module, all_at_once)
    found = run(module, doubled)
    assert found.dtype is torch.float64
    assert torch.equal(found, wanted)
    assert not torch.equal(found, found.float().double())


def state(module):
    tensors = [*module.parameters(), *module.buffers()]
    return [(tensor.dtype, tensor.data_ptr(), tensor.detach().float().tolist()) for tensor in tensors]


def test_the_storages_are_untouched(module):
    before = state(module)
    hooks = [(len(part._forward_hooks), len(part._forward_pre_hooks)) for part in module.modules()]
    run(module, doubled)
    assert [(len(part._forward_hooks), len(part._forward_pre_hooks)) for part in module.modules()] == hooks
    assert state(module) == before


def fails(self, x):
    raise ValueError("no")


def test_the_storages_are_untouched_when_a_forward_raises():
    inner = Module(lambda self, x: self.bad(self.good(x)), good=linear(), bad=Module(fails, weight=weight()))
    module = Module(lambda self, x: self.inner(x * self.weight), weight=weight(), inner=inner)
    before = state(module)
    with pytest.raises(ValueError, match="no"):
        run(module, doubled)
    assert state(module) == before
    assert torch.get_default_dtype() is torch.float32


def test_only_what_runs_is_wide():
    module = nn.Sequential(*(linear() for _ in range(4)))
    seen = []

    def look(*_):
        with torch._C.DisableTorchFunction():
            seen.append([index for index, layer in enumerate(module) if layer.weight.dtype is torch.float64])

    with torch.no_grad(), doubled(module) as parameters, Lift(parameters):
        for layer in module:
            layer.register_forward_pre_hook(look)
        module.register_forward_hook(look)
        module(torch.ones(1, 6))
    assert seen == [[0], [1], [2], [3], []]

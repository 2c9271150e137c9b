"""What the reference's side says of itself, held against the checkpoint and the configuration."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file
from torch import nn

from workbench.engine.capture_files import Manifest, ManifestTap, OwnForm
from workbench.engine.preflight import facts, other, setting_findings
from workbench.model.session import Stage
from workbench.native.mapped import Tensor
from workbench.reference.sample import sample
from workbench.reference.settings import settings


def used(values: np.ndarray, dtype: str = "f32") -> OwnForm:
    return OwnForm(dtype, values.shape, tuple(sample(torch.from_numpy(values.copy()))))


def stored(values: np.ndarray, dtype: str = "f32") -> Tensor:
    return Tensor(dtype, values.shape, np.ascontiguousarray(values).reshape(-1).view(np.uint8))


@given(st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_the_same_tensor_is_the_same_and_another_one_is_not(size: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=size).astype("f4")
    assert other(stored(values), used(values)) is None
    assert other(stored(values.astype("f8"), "f64"), used(values)) is None
    assert other(stored(values * np.float32(1.001)), used(values)) is not None


def test_a_shorter_dtype_is_no_other_checkpoint() -> None:
    values = np.random.default_rng(1).normal(size=64).astype("f4")
    short = (values.view("u4") >> 16).astype("u2")
    assert other(stored(short, "bf16"), used(values)) is None
    assert other(stored(values.astype("f2"), "f16"), used(values)) is None


def test_a_reference_with_weights_of_its_own_is_told(tmp_path: Path) -> None:
    a, b = (np.full((2, 3), value, "f4") for value in (1.0, 2.0))
    save_file({"net.a.weight": a, "net.b.weight": b}, tmp_path / "w.safetensors")
    taps = tuple(ManifestTap(name, "module", "f32", (1,), own={"weight": used(a)}) for name in ("a", "b"))
    manifest = Manifest("s", "i", {}, 0, (), {}, taps)
    found = facts(
        Stage(inputs=("i",), prefix="net."), (), False, [tmp_path / "w.safetensors"], [manifest], ["net.a.weight"]
    )
    assert found.other == {"b.weight": (1.0, 2.0)}


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.heads, self.eps, self.kind, self._hidden = 4, 1e-6, "full", 3
        self.linear = nn.Linear(2, 2)


class Wide(nn.Conv1d):
    pass


def test_settings_are_the_plain_values_of_the_users_own_modules() -> None:
    assert settings(Attention()) == {"heads": 4, "eps": 1e-6, "kind": "full"}
    assert settings(nn.LayerNorm(3)) == {} and settings(Wide(1, 1, 1)) == {}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"heads": 4, "eps": 1e-6}, []),
        ({"attn": {"heads": 8}}, ["! `heads` is 8 in the configuration and 4 in the reference's `attn`"]),
        ({"eps": 1e-5}, ["! `eps` is 1e-05 in the configuration and 1e-06 in the reference's `attn`"]),
        ({"a": {"heads": 8}, "b": {"heads": 4}}, []),
        ({"kind": 3, "heads": "many"}, []),
    ],
)
def test_a_value_that_no_module_of_the_reference_has_is_a_warning(config: dict[str, object], said: list[str]) -> None:
    tap = ManifestTap("attn", "module", "f32", (1,), settings=settings(Attention()))
    manifest = Manifest("s", "i", config, 0, (), {}, (tap,))
    assert [finding.line for finding in setting_findings(config, [manifest])] == said
